"""books"""

import sqlalchemy as sa
from flask_revisions import op

revision = "b2b2b2b2b2b2"
down_revision = "a1a1a1a1a1a1"


def upgrade() -> None:
    op.create_table(
        "book",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("author_id", sa.Integer, sa.ForeignKey("author.id"), nullable=False),
    )
    op.create_index("ix_book_author_id", "book", ["author_id"])


def downgrade() -> None:
    op.drop_table("book")
