"""the first tools and members

Revision ID: 86ea6cafce6b
Revises: 04eb14963dc9
Create Date: 2026-09-07 18:20:40

"""

import sqlalchemy as sa
from flask_revisions import op

# What this revision is and where it stands; read without running the file.
revision: str = "86ea6cafce6b"
down_revision: str | tuple[str, ...] | None = "04eb14963dc9"
branch_labels: str | tuple[str, ...] | None = None
depends_on: str | tuple[str, ...] | None = None


TOOLS = (
    ("W-01", "Circular saw", "good", 60, "Saws"),
    ("W-02", "Japanese pull saw", "new", 20, "Saws"),
    ("W-03", "Cordless drill", "worn", 40, "Drills"),
    ("W-04", "Hammer drill", "good", 80, "Drills"),
    ("G-01", "Hedge trimmer", "good", 50, "Garden"),
    ("G-02", "Wheelbarrow", "worn", 15, "Garden"),
    ("H-01", "Ladder, six metres", "good", 30, "House"),
    ("H-02", "Carpet cleaner", "broken", 50, "House"),
    ("X-01", "Metal detector", "new", 120, None),
)
MEMBERS = (
    ("Amina Diallo", "amina@example.org"),
    ("Jonas Weber", "jonas@example.org"),
    ("Mei Tanaka", "mei@example.org"),
)

tools = sa.table(
    "tools",
    sa.column("number", sa.String),
    sa.column("name", sa.String),
    # with its type: PostgreSQL takes no plain text for an enumeration
    sa.column("condition", sa.Enum("new", "good", "worn", "broken", name="tool_condition")),
    sa.column("deposit", sa.Integer),
    sa.column("category", sa.String),
)
members = sa.table("members", sa.column("name", sa.String), sa.column("email", sa.String))


def upgrade() -> None:
    names = ("number", "name", "condition", "deposit", "category")
    op.bulk_insert(tools, [dict(zip(names, tool, strict=True)) for tool in TOOLS])
    op.bulk_insert(members, [{"name": name, "email": email} for name, email in MEMBERS])


def downgrade() -> None:
    op.execute(members.delete().where(members.c.email.in_([email for _, email in MEMBERS])))
    op.execute(tools.delete().where(tools.c.number.in_([tool[0] for tool in TOOLS])))
