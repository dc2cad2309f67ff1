"""What each database needs around a step: begin, lock, who holds it."""
