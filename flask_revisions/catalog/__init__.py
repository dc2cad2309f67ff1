"""Reading a database: the facts that operations ask for."""
