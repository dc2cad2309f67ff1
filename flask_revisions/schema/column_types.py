"""What a column says by its type, in the words of one dialect: its text, and what belongs beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Dialect
from sqlalchemy.types import ARRAY, TypeDecorator, TypeEngine

from ..dialects import MYSQL
from .types import BINARY, mysql_text, normal_type


@dataclass(frozen=True)
class Said:
    """What a type says.

    :param has_enum: it needs a named type of the database.
    """

    text: str
    collation: str | None
    charset: str | None
    has_enum: bool


class TypeReader:
    """Reads SQLAlchemy's types in the words of a dialect.

    :param dialect: one that has been connected knows its default schema and its server.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._preparer: Any = dialect.identifier_preparer
        self._read: dict[tuple[Any, ...], Said] = {}

    def said(self, type_: TypeEngine[Any]) -> Said:
        """Return what columns say by a type: asked once of those that are of one class and hold the same."""
        try:
            same = (type(type_), *vars(type_).items())
            return self._read.get(same) or self._read.setdefault(same, self._read_type(type_))
        except TypeError:  # it holds what has no hash, such as a list
            return self._read_type(type_)

    def _read_type(self, type_: TypeEngine[Any]) -> Said:
        text = self.text(type_)
        charset = collation = None
        if self.dialect.name in MYSQL:
            text, charset, collation = mysql_text(text)
        elif (found := getattr(self.concrete(type_), "collation", None)) is not None:
            is_usual = self.dialect.name == "sqlite" and found.upper() == BINARY
            text, collation = text.partition(" COLLATE ")[0], None if is_usual else found
        has_enum = self.native_enum(type_) is not None
        return Said(normal_type(text, self.dialect.name), collation, charset, has_enum)

    def text(self, type_: TypeEngine[Any]) -> str:
        """Return a type as the dialect's compiler writes it; empty if it cannot."""
        enum = self.native_enum(type_)
        try:
            text = self.single(type_.compile(dialect=self.dialect))
        except exc.CompileError:
            return ""
        default = self.dialect.default_schema_name
        if enum is not None and default and enum.schema == default:
            text = text.replace(self._preparer.quote_schema(default) + ".", "", 1)
        return text

    def concrete(self, type_: TypeEngine[Any]) -> TypeEngine[Any]:
        """Return what a type becomes on the dialect."""
        while isinstance(type_, TypeDecorator):
            type_ = type_.type_engine(self.dialect)
        return type_.dialect_impl(self.dialect)

    def native_enum(self, type_: TypeEngine[Any]) -> Any:
        """Return the named type of the database that a type needs, an `ENUM`; None if it needs none."""
        if self.dialect.name != "postgresql":
            return None
        found: Any = self.concrete(type_)
        while isinstance(found, ARRAY):
            found = self.concrete(found.item_type)
        is_native = isinstance(found, sa.Enum) and found.native_enum and bool(found.name)
        return found if is_native else None

    def single(self, text: str) -> str:
        """Return what a compiler wrote with the percent signs that it doubles for drivers as they were."""
        return text.replace("%%", "%") if self._preparer._double_percents else text
