"""authors"""

import sqlalchemy as sa
from flask_revisions import op

revision = "a1a1a1a1a1a1"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "author",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.UniqueConstraint("name"),
    )
    op.execute("INSERT INTO author (name) VALUES ('anonymous')")


def downgrade() -> None:
    op.drop_table("author")
