"""Runs the commands of the README's first screen: those lines that begin by making a virtual environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line.strip() for line in lines if line.startswith("    python3 -m venv .venv &&")]
    if len(commands) != 2:
        print(f"README.md has {len(commands)} commands that set everything up, 2 were expected")
        return 1
    for command in commands:
        print(f"$ {command}", flush=True)
        ended = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=ROOT).returncode
        if ended:
            return ended
    return 0


if __name__ == "__main__":
    sys.exit(main())
