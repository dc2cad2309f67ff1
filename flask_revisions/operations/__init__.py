"""What a revision does, as values, and what it needs of whoever carries it out, as protocols."""
