"""Carrying out a plan on a connection."""
