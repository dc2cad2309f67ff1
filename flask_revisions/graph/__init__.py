"""Which revisions exist and in which order they run: values and functions, no files, no database."""
