"""tools move into categories

The name that each tool carried becomes a row of `categories`, and the tool refers to it.

Revision ID: ccc0bd2b16ec
Revises: 9e7fb360bd38
Create Date: 2026-09-21 10:31:52

"""

import sqlalchemy as sa
from flask_revisions import op

# What this revision is and where it stands; read without running the file.
revision: str = "ccc0bd2b16ec"
down_revision: str | tuple[str, ...] | None = "9e7fb360bd38"
branch_labels: str | tuple[str, ...] | None = None
depends_on: str | tuple[str, ...] | None = None


def upgrade() -> None:
    with op.batch_alter_table("tools") as batch:
        batch.add_column(sa.Column("category_id", sa.Integer))
        batch.create_foreign_key(op.f("fk_tools_category_id_categories"), "categories", ["category_id"], ["id"])
        batch.create_index(op.f("ix_tools_category_id"), ["category_id"])
    op.execute(
        "INSERT INTO categories (name) SELECT DISTINCT category FROM tools "
        "WHERE category IS NOT NULL AND category NOT IN (SELECT name FROM categories)"
    )
    op.execute(
        "UPDATE tools SET category_id = (SELECT categories.id FROM categories WHERE categories.name = tools.category)"
    )
    op.drop_column("tools", "category")


def downgrade() -> None:
    op.add_column("tools", sa.Column("category", sa.String(60)))
    op.execute(
        "UPDATE tools SET category = (SELECT categories.name FROM categories WHERE categories.id = tools.category_id)"
    )
    with op.batch_alter_table("tools") as batch:
        batch.drop_constraint(op.f("fk_tools_category_id_categories"), type_="foreignkey")
        batch.drop_index(op.f("ix_tools_category_id"))
        batch.drop_column("category_id")
