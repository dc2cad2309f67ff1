"""The tool library's folder, so that `flask --app example_app` means the same in it and one folder above."""

from __future__ import annotations

from .example_app import create_app

__all__ = ["create_app"]
