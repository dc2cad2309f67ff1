"""An application as a user writes it, for type checkers: every name that it uses is annotated in the package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from flask_revisions import Revisions, RevisionsError, context, op
from flask_revisions.operations.custom import CustomOperation, Part
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)
revisions = Revisions()


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///users.db"
    db.init_app(app)
    revisions.init_app(app)
    return app


def bring_up_to_date(app: Flask) -> list[str]:
    try:
        with app.app_context():
            steps = revisions.upgrade("head", x_arg=["tenant=7"])
    except RevisionsError as error:
        raise SystemExit(f"{error.message} {error.hint}") from error
    return [step.revision.id for step in steps]


@dataclass(frozen=True, eq=False)
class CreateView(CustomOperation):
    name: str

    def describe(self) -> str:
        return f"create view {self.name}"

    def statements(self, dialect: Dialect) -> Iterator[Part]:
        yield f"CREATE VIEW {dialect.identifier_preparer.quote(self.name)} AS SELECT 1"


def upgrade() -> None:
    table = op.create_table("users", sa.Column("id", sa.Integer, primary_key=True))
    op.bulk_insert(table, [{"id": 1}])
    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("name", sa.String))
    if not context.is_offline_mode():
        rows: int | None = op.get_bind().execute(sa.text("SELECT count(*) FROM users")).scalar()
        assert rows
    op.invoke(CreateView("ones"))


def names(app: Flask) -> tuple[list[str], bool, str]:
    with app.app_context():
        found = [each.message for each in revisions.history("base:head")]
        return found, revisions.needs_upgrade(), revisions.sql("upgrade")
