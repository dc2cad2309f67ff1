"""Backslashes and colons in texts: what the models say is what the script says and what the database gets."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.schema.quoting import escaped
from sqlalchemy.dialects import postgresql

from ..projects import Project
from .models import Author, Models, done, table

TEXTS = (
    r"\:",
    r":a",
    r"\:a",
    r"\\:a",
    r"a\:b:c\:",
    r"C:\x\:y",
    "::a",
    r"\::a",
    r"12:30\:45",
    r"it's \:%(a)s %",
    r"\\",
    "a:\\",
)


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def written(text: str, project: Project) -> str:
    """Return a text as the database writes one in SQL."""
    doubled = text.replace("\\", "\\\\") if "mysql" in project.url or "mariadb" in project.url else text
    return "'" + doubled.replace("'", "''") + "'"


def models(project: Project) -> Models:
    """A table with every text as default, in both ways to say one, as comment, and in a condition."""

    def make(metadata: sa.MetaData) -> None:
        items: list[Any] = [key()]
        for number, text in enumerate(TEXTS):
            sql = escaped(written(text, project))
            items.append(sa.Column(f"a{number}", sa.String(40), server_default=text, comment=text))
            items.append(sa.Column(f"b{number}", sa.String(40), server_default=sa.text(sql)))
            items.append(sa.Column(f"c{number}", sa.String(40)))
            items.append(sa.CheckConstraint(f"c{number} <> {sql}", name=f"ck_{number}"))
        sa.Table("t", metadata, *items, comment=TEXTS[4])

    return make


@pytest.mark.parametrize("op", ["alembic", "flask_revisions"])
def test_texts_come_through_and_back(project: Project, op: str) -> None:
    author, wanted = Author(project), models(project)
    project.script("begin", op=op)
    done(author.run(wanted, "upgrade"))
    author.migrate(wanted)
    assert_texts(author, wanted)
    author.migrate(lambda metadata: None)
    assert "t" not in project.tables()
    done(author.run(wanted, "downgrade"))
    newest = max(project.versions.glob("*.py"), key=lambda path: path.stat().st_mtime_ns)
    newest.unlink()
    assert_texts(author, wanted)


def assert_texts(author: Author, wanted: Models) -> None:
    author.assert_same(wanted)
    with author.project.engine.begin() as connection:
        found = sa.Table("t", sa.MetaData(), autoload_with=connection)
        connection.execute(found.insert().values(id=1))
        row = connection.execute(sa.select(found)).mappings().one()
        assert [row[f"a{number}"] for number in range(len(TEXTS))] == list(TEXTS)
        assert [row[f"b{number}"] for number in range(len(TEXTS))] == list(TEXTS)
        if connection.dialect.supports_comments:
            assert [found.c[f"a{number}"].comment for number in range(len(TEXTS))] == list(TEXTS)
            assert found.comment == TEXTS[4]
        for number, text in enumerate(TEXTS):
            with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
                connection.execute(found.update().values({f"c{number}": text}))
        connection.execute(found.delete())


def test_a_text_is_filled_in(project: Project) -> None:
    author = Author(project)
    author.begin(table("t", key))
    project.send("INSERT INTO t (id) VALUES (1)")
    columns = [sa.Column(f"x{number}", sa.String(40), nullable=False) for number in range(len(TEXTS))]
    fills = [f"--backfill=t.x{number}={written(text, project)}" for number, text in enumerate(TEXTS)]
    author.migrate(table("t", key, *columns), *fills)
    assert project.query("SELECT * FROM t") == [(1, *TEXTS)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_text_in_an_index_is_what_it_was(project: Project) -> None:
    author, dialect = Author(project), project.engine.dialect.name

    def wanted(metadata: sa.MetaData) -> None:
        made = sa.Table("t", metadata, key(), sa.Column("x", sa.Text))
        for number, text in enumerate(TEXTS):
            sql = escaped(written(text, project))
            sa.Index(f"ix_a{number}", sa.func.replace(made.c.x, sa.literal_column(written(text, project)), ""))
            sa.Index(f"ix_b{number}", sa.text(f"(x || {sql})"), _table=made)
            sa.Index(f"ix_c{number}", made.c.x, **{f"{dialect}_where": sa.text(f"x <> {sql}")})
            if dialect == "postgresql":
                element = (sa.text(f"(x || {sql})"), "=")
                made.append_constraint(postgresql.ExcludeConstraint(element, using="btree", name=f"ex_{number}"))

    author.begin(table("t", key, sa.Column("x", sa.Text)))
    author.migrate(wanted)
    author.assert_same(wanted)
    for text in TEXTS:
        assert len(definitions(project, text)) == (4 if dialect == "postgresql" else 3)


def definitions(project: Project, text: str) -> list[str]:
    """Return the indexes that have a text in them."""
    on_sqlite = project.engine.dialect.name == "sqlite"
    sql = "SELECT sql FROM sqlite_master WHERE type = 'index'" if on_sqlite else "SELECT indexdef FROM pg_indexes"
    return [each for (each,) in project.query(sql) if each and written(text, project) in each]
