"""create categories

Revision ID: 9e7fb360bd38
Revises: 86ea6cafce6b
Create Date: 2026-09-21 09:14:05

"""

import sqlalchemy as sa
from flask_revisions import op

# What this revision is and where it stands; read without running the file.
revision: str = "9e7fb360bd38"
down_revision: str | tuple[str, ...] | None = "86ea6cafce6b"
branch_labels: str | tuple[str, ...] | None = "catalogue"
depends_on: str | tuple[str, ...] | None = None


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("parent_id", sa.Integer),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("name", name=op.f("uq_categories_name")),
        sa.ForeignKeyConstraint(["parent_id"], ["categories.id"], name=op.f("fk_categories_parent_id_categories")),
    )
    op.execute("INSERT INTO categories (name) VALUES ('Woodwork')")
    for part in ("Saws", "Drills"):
        op.execute(
            f"INSERT INTO categories (name, parent_id) SELECT '{part}', id FROM categories WHERE name = 'Woodwork'"
        )


def downgrade() -> None:
    op.drop_table("categories")
