"""The `flask` command; for the peer and for the floor as if our package were not installed."""

from __future__ import annotations

import os
from importlib import metadata

if os.environ["BENCHMARK_SIDE"] != "ours":
    every = metadata.entry_points

    def without_ours(**given: str) -> metadata.EntryPoints:
        return metadata.EntryPoints(each for each in every(**given) if not each.value.startswith("flask_revisions."))

    metadata.entry_points = without_ours  # type: ignore[assignment]

from flask.cli import main

main()
