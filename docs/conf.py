"""How Sphinx builds these pages: `sphinx-build -W docs docs/_build`."""

from __future__ import annotations

from flask_revisions import __version__

project = "flask-revisions"
copyright = "2026 The flask-revisions authors"
release = version = __version__

extensions = ["myst_parser", "pallets_sphinx_themes"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
myst_ref_domains = ["std", "py"]  # those of the theme cannot be asked for names

html_theme = "flask"
html_title = f"flask-revisions {__version__}"
