"""How Sphinx builds these pages: `sphinx-build -W docs docs/_build`."""

from __future__ import annotations

import sys
from pathlib import Path

from flask_revisions import __version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "flask-revisions"
copyright = "2026 The flask-revisions authors"
release = version = __version__

extensions = ["myst_parser", "pallets_sphinx_themes", "reference"]
exclude_patterns = ["_build", "_ext", "_static"]
myst_heading_anchors = 3
myst_ref_domains = ["std", "py"]  # those of the theme cannot be asked for names

html_theme = "flask"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_title = f"flask-revisions {__version__}"
