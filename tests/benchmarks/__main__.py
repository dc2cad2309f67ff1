"""Run benchmarks and print ratios to the floor: `python -m tests.benchmarks [-n ROUNDS] [NAME ...]`.

A name is that of a case, or the beginning of one: `nothing`, `up-sqlite`, `current-5000`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from .cases import CASES, measured
from .measure import Cost


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which cases; all without one")
    parser.add_argument("-n", "--rounds", type=int, default=5, help="how often each side runs (5)")
    given = parser.parse_args()
    wanted = [name for name in CASES if not given.names or any(name.startswith(each) for each in given.names)]
    heading = ("case", "ours", "peer", "aim", "ours, CPU", "peer, CPU", "ours, MB", "peer, MB", "floor, MB", "floor, s")
    print("| " + " | ".join(heading) + " |\n|" + "---|" * len(heading), flush=True)
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            found = measured(CASES[name], Path(folder), given.rounds)
        print(_row(name, found), flush=True)


def _row(name: str, found: dict[str, Cost]) -> str:
    ours, peer, floor = found["ours"], found["peer"], found["floor"]
    ratios = [
        ours.wall / floor.wall,
        peer.wall / floor.wall,
        CASES[name].aim,
        ours.cpu / floor.cpu,
        peer.cpu / floor.cpu,
    ]
    sizes = [f"{each.memory:.0f}" for each in (ours, peer, floor)]
    return f"| {name} | " + " | ".join([*(f"{each:.2f}" for each in ratios), *sizes, f"{floor.wall:.2f}"]) + " |"


if __name__ == "__main__":
    main()
