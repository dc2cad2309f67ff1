"""The version of the package, read by the build and by `flask db --version`."""

__version__ = "0.1.0.dev0"
