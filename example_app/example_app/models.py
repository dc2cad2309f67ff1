"""What the library knows: its tools and their categories, its members, and who has borrowed what."""

from __future__ import annotations

import enum
from datetime import date

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, Enum, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, the same on each database: what has none cannot be changed later."""


class Base(DeclarativeBase):
    """The base of all models."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)


class Condition(enum.Enum):
    """How good a tool is; the database keeps the name, people read the value."""

    new = "like new"
    good = "good"
    worn = "worn, works"
    broken = "in repair"


class Category(Base):
    """A shelf, or a part of one: `Woodwork`, and in it `Saws`."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))

    parent: Mapped[Category | None] = relationship(remote_side=[id], back_populates="children")
    children: Mapped[list[Category]] = relationship(back_populates="parent")
    tools: Mapped[list[Tool]] = relationship(back_populates="category")


class Tool(Base):
    """A tool that can be borrowed."""

    __tablename__ = "tools"
    __table_args__ = (CheckConstraint("deposit_cents >= 0", name="deposit"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(10), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    condition: Mapped[Condition] = mapped_column(Enum(Condition, name="tool_condition"))
    deposit_cents: Mapped[int]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"), index=True)

    category: Mapped[Category | None] = relationship(back_populates="tools")
    loans: Mapped[list[Loan]] = relationship(back_populates="tool")

    @property
    def loan(self) -> Loan | None:
        """The loan that is going on; None while the tool is on its shelf."""
        return next((loan for loan in self.loans if loan.returned_on is None), None)


class Member(Base):
    """Somebody who may borrow."""

    __tablename__ = "members"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(120), unique=True)

    loans: Mapped[list[Loan]] = relationship(back_populates="member")


class Loan(Base):
    """A tool in the hands of a member, from one day to another."""

    __tablename__ = "loans"
    __table_args__ = (CheckConstraint("due_on >= lent_on", name="due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tools.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    lent_on: Mapped[date]
    due_on: Mapped[date]
    returned_on: Mapped[date | None]

    tool: Mapped[Tool] = relationship(back_populates="loans")
    member: Mapped[Member] = relationship(back_populates="loans")
