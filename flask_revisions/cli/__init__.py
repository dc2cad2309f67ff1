"""The command group `flask db`: parse, call one command function, print."""
