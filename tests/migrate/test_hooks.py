"""A project's own functions decide what is compared, and what counts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ..projects import Project
from .models import Author, Models, both, done, table


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def column(name: str, type_: Any, **keywords: Any) -> Any:
    return lambda: sa.Column(name, type_, **keywords)


BEFORE = both(table("keep", key), table("legacy", key, column("x", sa.String(10), server_default="a")))
AFTER: Models = both(table("keep", key), table("legacy", key, column("x", sa.String(20), server_default="b")))


def changes(project: Project, models: Models, **keywords: Any) -> str:
    author = Author(project)
    author.begin(BEFORE)
    return author.run(models, "check", **keywords).out


def test_include_name_leaves_out_what_is_in_the_database(project: Project) -> None:
    asked: list[tuple[Any, str, Any]] = []

    def include_name(name: Any, kind: str, parents: Any) -> bool:
        asked.append((name, kind, parents.get("table_name")))
        return (name, kind) != ("legacy", "table")

    assert changes(project, table("keep", key), include_name=include_name) == ""
    assert ("keep", "table", None) in asked and ("id", "column", "keep") in asked


def test_include_object_sees_both_sides(project: Project) -> None:
    asked: list[tuple[str, str, bool, str | None]] = []

    def include_object(item: Any, name: str, kind: str, reflected: bool, compare_to: Any) -> bool:
        asked.append((kind, name, reflected, None if compare_to is None else type(compare_to).__name__))
        return kind != "column"

    assert changes(project, AFTER, include_object=include_object) == ""
    assert ("table", "legacy", False, "Table") in asked and ("column", "x", False, "Column") in asked


def test_compare_type_and_compare_server_default_decide(project: Project) -> None:
    def never(*arguments: Any) -> bool:
        return False

    def always(context: Any, inspected: Any, ours: Any, *more: Any) -> bool | None:
        return True if ours.name == "x" else None

    author = Author(project)
    author.begin(BEFORE)
    assert done(author.run(AFTER, "check", compare_type=never, compare_server_default=never)).out == ""
    assert "change column x of legacy: default" in author.run(AFTER, "check", compare_type=False).out
    assert "change column x of legacy: type" in author.run(BEFORE, "check", compare_type=always).out
