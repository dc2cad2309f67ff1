"""catalogue and lending

Revision ID: cd10eb2bc8d4
Revises: 8580281309d3, ccc0bd2b16ec
Create Date: 2026-09-28 08:05:19

"""

# What this revision is and where it stands; read without running the file.
revision: str = "cd10eb2bc8d4"
down_revision: str | tuple[str, ...] | None = ("8580281309d3", "ccc0bd2b16ec")
branch_labels: str | tuple[str, ...] | None = None
depends_on: str | tuple[str, ...] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
