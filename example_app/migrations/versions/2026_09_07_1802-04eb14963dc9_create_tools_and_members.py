"""create tools and members

Revision ID: 04eb14963dc9
Revises:
Create Date: 2026-09-07 18:02:11

"""

import sqlalchemy as sa
from flask_revisions import op

# What this revision is and where it stands; read without running the file.
revision: str = "04eb14963dc9"
down_revision: str | tuple[str, ...] | None = None
branch_labels: str | tuple[str, ...] | None = None
depends_on: str | tuple[str, ...] | None = None


def upgrade() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("email", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("email", name=op.f("uq_members_email")),
    )
    op.create_table(
        "tools",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number", sa.String(10), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("condition", sa.Enum("new", "good", "worn", "broken", name="tool_condition"), nullable=False),
        sa.Column("deposit", sa.Integer, nullable=False),
        sa.Column("category", sa.String(60)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tools")),
        sa.UniqueConstraint("number", name=op.f("uq_tools_number")),
        sa.CheckConstraint("deposit >= 0", name=op.f("ck_tools_deposit")),
    )


def downgrade() -> None:
    op.drop_table("tools")
    op.drop_table("members")
    # On PostgreSQL an enumeration is a type, which outlives its table; elsewhere this does nothing.
    sa.Enum(name="tool_condition").drop(op.get_bind(), checkfirst=True)
