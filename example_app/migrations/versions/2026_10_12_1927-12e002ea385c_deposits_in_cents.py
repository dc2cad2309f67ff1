"""deposits in cents

The way back rounds down to whole euros.

Revision ID: 12e002ea385c
Revises: cd10eb2bc8d4
Create Date: 2026-10-12 19:27:48

"""

import sqlalchemy as sa
from flask_revisions import op

# What this revision is and where it stands; read without running the file.
revision: str = "12e002ea385c"
down_revision: str | tuple[str, ...] | None = "cd10eb2bc8d4"
branch_labels: str | tuple[str, ...] | None = None
depends_on: str | tuple[str, ...] | None = None


def upgrade() -> None:
    op.execute("UPDATE tools SET deposit = deposit * 100")
    # SQLite rebuilds the table once for the three changes; the others alter it.
    with op.batch_alter_table("tools") as batch:
        batch.drop_constraint(op.f("ck_tools_deposit"), type_="check")
        batch.alter_column(
            "deposit", new_column_name="deposit_cents", existing_type=sa.Integer, existing_nullable=False
        )
        batch.create_check_constraint(op.f("ck_tools_deposit"), "deposit_cents >= 0")


def downgrade() -> None:
    with op.batch_alter_table("tools") as batch:
        batch.drop_constraint(op.f("ck_tools_deposit"), type_="check")
        batch.alter_column(
            "deposit_cents", new_column_name="deposit", existing_type=sa.Integer, existing_nullable=False
        )
        batch.create_check_constraint(op.f("ck_tools_deposit"), "deposit >= 0")
    op.execute("UPDATE tools SET deposit = (deposit - deposit % 100) / 100")
