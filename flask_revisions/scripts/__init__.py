"""Revision files: reading headers, loading, writing."""
