"""The shape of a database: frozen values, the same whether they come from models or from a database."""
