"""Whole processes, one after the other in turn: how long, how much of a processor, how much memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIDES = ("ours", "peer", "floor")


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds, seconds of a processor, megabytes at its largest."""

    wall: float
    cpu: float
    memory: float


def run(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Run `flask` with arguments, and return what it took.

    :raises RuntimeError: it ended with an error.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("FLASK_", "PYTHON"))}
    said = folder / "said"
    with said.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.launch", *arguments],
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), "FLASK_APP": "tests.benchmarks.application.app", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"flask {' '.join(arguments)} of {environment['BENCHMARK_SIDE']}: {said.read_text()[-2000:]}"
        )
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def in_turn(sides: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, Cost]:
    """Run every side once, then every side again, and so on; return the medians of each."""
    found: dict[str, list[Cost]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, once in sides.items():
            found[side].append(once())
    return {side: _median(costs) for side, costs in found.items()}


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        *(statistics.median(getattr(each, name) for each in costs) for name in ("wall", "cpu", "memory")),
    )
