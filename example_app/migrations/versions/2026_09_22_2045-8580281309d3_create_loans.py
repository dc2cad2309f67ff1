"""create loans

Revision ID: 8580281309d3
Revises: 86ea6cafce6b
Create Date: 2026-09-22 20:45:33

"""

from datetime import date

import sqlalchemy as sa
from flask_revisions import op

# What this revision is and where it stands; read without running the file.
revision: str = "8580281309d3"
down_revision: str | tuple[str, ...] | None = "86ea6cafce6b"
branch_labels: str | tuple[str, ...] | None = "lending"
depends_on: str | tuple[str, ...] | None = None


FIRST = (
    ("W-01", "jonas@example.org", date(2026, 9, 8), date(2026, 9, 15), date(2026, 9, 14)),
    ("W-04", "amina@example.org", date(2026, 9, 19), date(2026, 10, 3), None),
    ("H-01", "mei@example.org", date(2026, 9, 20), date(2026, 9, 27), None),
)


def upgrade() -> None:
    loans = op.create_table(
        "loans",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("tool_id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("lent_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("returned_on", sa.Date),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loans")),
        sa.ForeignKeyConstraint(["tool_id"], ["tools.id"], name=op.f("fk_loans_tool_id_tools")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_loans_member_id_members")),
        sa.CheckConstraint("due_on >= lent_on", name=op.f("ck_loans_due_on")),
        sa.Index(op.f("ix_loans_tool_id"), "tool_id"),
        sa.Index(op.f("ix_loans_member_id"), "member_id"),
    )
    tools = sa.table("tools", sa.column("id", sa.Integer), sa.column("number", sa.String))
    members = sa.table("members", sa.column("id", sa.Integer), sa.column("email", sa.String))
    op.bulk_insert(
        loans,
        [
            {
                "tool_id": sa.select(tools.c.id).where(tools.c.number == number).scalar_subquery(),
                "member_id": sa.select(members.c.id).where(members.c.email == email).scalar_subquery(),
                "lent_on": lent_on,
                "due_on": due_on,
                "returned_on": returned_on,
            }
            for number, email, lent_on, due_on, returned_on in FIRST
        ],
    )


def downgrade() -> None:
    op.drop_table("loans")
