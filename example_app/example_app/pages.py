"""The one page: every tool, by shelf, and where it is."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from .models import Category, Loan, Tool, db

pages = Blueprint("pages", __name__)


@pages.get("/")
def shelves() -> str:
    """Show the shelves with what is on them."""
    with_loans = selectinload(Tool.loans).joinedload(Loan.member)
    own = selectinload(Category.tools).options(with_loans)
    below = selectinload(Category.children).selectinload(Category.tools).options(with_loans)
    shelves = select(Category).where(Category.parent_id.is_(None)).order_by(Category.name).options(own, below)
    loose = select(Tool).where(Tool.category_id.is_(None)).options(with_loans)
    return render_template(
        "shelves.html", shelves=db.session.scalars(shelves).all(), loose=db.session.scalars(loose).all()
    )


@pages.app_template_filter()
def euros(cents: int) -> str:
    """Return an amount as people write it."""
    return f"{cents // 100}.{cents % 100:02} €"
