"""Folders of revisions, of any size and shape, and the SQL of the same changes for the floor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SCRIPT = '''"""revision {number}

Revision ID: {id}
Revises: {shown}
Create Date: 2026-01-01 00:00:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = {id!r}
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade():
{up}


def downgrade():
{back}
'''

TABLE_UP = """    op.create_table(
        "t_{number}",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=True),
        sa.Column("made", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_t_{number}_name", "t_{number}", ["name"])
    op.execute("INSERT INTO t_{number} (id, name) VALUES (1, 'one')")"""
TABLE_BACK = '    op.drop_index("ix_t_{number}_name", table_name="t_{number}")\n    op.drop_table("t_{number}")'

FLOOR_UP = (
    "CREATE TABLE t_{number} (id INTEGER NOT NULL, name VARCHAR(80) NOT NULL, amount NUMERIC(10, 2), made {time}, "
    "PRIMARY KEY (id))",
    "CREATE INDEX ix_t_{number}_name ON t_{number} (name)",
    "INSERT INTO t_{number} (id, name) VALUES (1, 'one')",
)
FLOOR_BACK = ("DROP TABLE t_{number}",)

Down = str | tuple[str, ...] | None


def revision_id(number: int) -> str:
    """The id of a revision: 12 hexadecimal digits that are not in order."""
    return f"{(number * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFF:012x}"


def chain(count: int) -> Iterator[tuple[str, Down]]:
    """One revision after the other."""
    for number in range(count):
        yield revision_id(number), revision_id(number - 1) if number else None


def branches(count: int) -> Iterator[tuple[str, Down]]:
    """Again and again two branches of two, and their merge."""
    last: str | None = None
    for start in range(0, count, 5):
        a, b, c, d, merge = (revision_id(start + each) for each in range(5))
        yield from ((a, last), (b, last), (c, a), (d, b), (merge, (c, d)))
        last = merge


def fan(count: int) -> Iterator[tuple[str, Down]]:
    """All after one first revision, and one that joins them."""
    ids = [revision_id(number) for number in range(count)]
    yield ids[0], None
    yield from ((each, ids[0]) for each in ids[1:-1])
    yield ids[-1], tuple(ids[1:-1])


SHAPES = {"chain": chain, "branches": branches, "fan": fan}


def write(folder: Path, count: int, shape: str = "chain", *, tables: bool) -> str:
    """Write the revisions of a history into `migrations/versions`, and return the last id."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    last = ""
    for number, (last, down) in enumerate(SHAPES[shape](count)):
        up = TABLE_UP.format(number=number) if tables else "    pass"
        back = TABLE_BACK.format(number=number) if tables else "    pass"
        shown = ", ".join(down) if isinstance(down, tuple) else down or ""
        text = SCRIPT.format(number=number, id=last, down=down, shown=shown, up=up, back=back)
        (versions / f"{last}_revision_{number}.py").write_text(text, "utf-8")
    return last
