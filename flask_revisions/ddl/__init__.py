"""Operations to SQL text, a module for each database; no connection."""
