"""How long whole commands take: ours, Flask-Migrate's, and a floor without any migration tool."""
