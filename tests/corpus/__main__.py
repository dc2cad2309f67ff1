"""Run published histories and compare them with Alembic: `python -m tests.corpus --help`."""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..servers import KINDS
from .differences import KNOWN, problems
from .environments import install_checkout, pin, python_of
from .expected import Expected, digests_of, keep, read_expected, releases
from .histories import History, read_environments, read_histories
from .runs import ABSENT, ALEMBIC, INSTALLED, Engine, Failure, Run, Stage

Stages = dict[str, Stage]


def main() -> int:
    """Do what the command line asks for; return 1 if something is not what Alembic makes of it."""
    arguments = parser().parse_args()
    if arguments.pin:
        for environment in read_environments().values():
            if environment.name in arguments.names or not arguments.names:
                environment.pins.write_text(pin(environment), encoding="utf-8")
        return 0
    chosen = list(pairs(arguments.names, arguments.database))
    with tempfile.TemporaryDirectory() as folder:
        if arguments.with_alembic:
            for history, kind in chosen:
                make_expected(history, kind, Path(folder))
            return 0
        return sum([compare(history, kind, arguments, Path(folder)) for history, kind in chosen]) > 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    made.add_argument("names", nargs="*", help="histories; with --pin, environments; all if none is given")
    made.add_argument("--database", choices=KINDS, help="on this kind of database only")
    made.add_argument("--alembic", choices=(ABSENT, INSTALLED), default=ABSENT, help="whether it is installed")
    made.add_argument("--diff", action="store_true", help="run Alembic too, and print how schemas and rows differ")
    made.add_argument("--with-alembic", action="store_true", help="run Alembic only, and keep what it makes")
    made.add_argument("--pin", action="store_true", help="pin the packages of environments anew")
    return made


def pairs(names: list[str], kind: str | None) -> Iterator[tuple[History, str]]:
    """Yield the histories that were asked for, each with its kinds of database."""
    histories = read_histories()
    unknown = set(names) - set(histories)
    if unknown:
        raise SystemExit(f"no such history: {', '.join(sorted(unknown))}")
    for name in names or histories:
        for each in histories[name].databases:
            if kind in (None, each):
                yield histories[name], each


def run_all(history: History, kind: str, engine: Engine, folder: Path, *, offline: bool) -> Stages:
    with tempfile.TemporaryDirectory(dir=folder) as own:
        return {each.name: each for each in Run(history, kind, engine, Path(own)).stages(offline=offline)}


def make_expected(history: History, kind: str, folder: Path) -> None:
    """Run Alembic, and keep what it makes."""
    stages = run_all(history, kind, ALEMBIC, folder, offline=True)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        revisions = Run(history, kind, ALEMBIC, Path(own)).count()
    expected = Expected(revisions, releases(history, kind), digests_of(stages.values()))
    keep(history, kind, expected)
    print(row(history, kind, stages, dict.fromkeys(expected.stages, "kept")), flush=True)


def compare(history: History, kind: str, arguments: argparse.Namespace, folder: Path) -> bool:
    """Run our engine, print what came out, and return True if something is not as expected."""
    kept = read_expected()[history.name, kind]
    engine = Engine(install_checkout(python_of(history.environment), folder), arguments.alembic)
    stages = run_all(history, kind, engine, folder, offline="sql" in kept.stages)
    found = problems((history.name, kind), stages, kept.stages)
    known = KNOWN[history.name, kind].ours if (history.name, kind) in KNOWN else {}
    words = {name: "WRONG" if name in found else "known" if name in known else "same" for name in kept.stages}
    print(row(history, kind, stages, words), flush=True)
    for name, problem in found.items():
        print(f"  {name}: {problem}")
    if arguments.diff:
        print_differences(run_all(history, kind, ALEMBIC, folder, offline="sql" in kept.stages), stages)
    return bool(found)


def row(history: History, kind: str, stages: Stages, words: dict[str, str]) -> str:
    """Return a line about a run: its seconds, and a word for each stage; `-` where Alembic itself failed."""
    told = ", ".join(f"{name} {words.get(name, '-')}" for name in stages)
    return f"{history.name:18} {kind:10} {sum(each.seconds for each in stages.values()):5.1f} s  {told}"


def print_differences(theirs: Stages, ours: Stages) -> None:
    """Print what differs in the schemas and the numbers of rows, `-` for Alembic and `+` for our engine."""
    for name, stage in theirs.items():
        here = lines_of(ours[name]) if name in ours else []
        titles = (f"alembic, {name}", f"ours, {name}")
        for each in difflib.unified_diff(lines_of(stage), here, *titles, n=0, lineterm=""):
            print(f"  {each}")


def lines_of(stage: Stage) -> list[str]:
    if isinstance(stage.result, Failure):
        return [f"failed: {stage.result.said}"]
    return [*stage.result.schema, *(f"{table}: {count} rows" for table, count in sorted(stage.result.rows.items()))]


if __name__ == "__main__":
    sys.exit(main())
