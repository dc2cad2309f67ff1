"""Types -> source: as the models write them, else as the database writes them."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..schema.quoting import escaped
from .layout import Group, Node, call, double_quoted, flat, literal

_DIALECT = re.compile(r"sqlalchemy\.dialects\.(\w+)")


class TypeSource:
    """Writes types, and keeps the imports that they need.

    :param dialect: whose words a type falls back to.
    :param user_prefix: stands for the module of the project's own types, as Alembic's `user_module_prefix`.
    """

    def __init__(self, dialect: Dialect, imports: set[str], *, sa: str = "sa.", user_prefix: str | None = None) -> None:
        self._dialect = dialect
        self._imports = imports
        self._sa = sa
        self._user_prefix = user_prefix
        self.remarks: list[str] = []

    def source(self, type_: TypeEngine[Any]) -> str | Group:
        """Return a type's source; one that cannot be made again becomes what the database makes of it."""
        variants = type_._variant_mapping
        if variants:
            plain = type_.copy() if hasattr(type_, "copy") else type_
            plain._variant_mapping = type(variants)()  # the base alone
            made = self._one(plain)
            text = made if isinstance(made, str) else flat(made)
            for name, variant in variants.items():
                text += f".with_variant({flat(self.source(variant))}, {literal(name)})"
            return text
        return self._one(type_)

    def _one(self, type_: TypeEngine[Any]) -> str | Group:
        if type(type_).__name__ == "Written":
            return self._written(type_)
        module = type(type_).__module__
        of_dialect = _DIALECT.match(module)
        if of_dialect:
            return self._of_sqlalchemy(type_, f"{self._dialect_module(of_dialect[1])}.")
        if module == "sqlalchemy" or module.startswith("sqlalchemy."):
            return self._of_sqlalchemy(type_, self._sa)
        return self._of_users(type_)

    def _dialect_module(self, name: str) -> str:
        self._imports.add(f"from sqlalchemy.dialects import {name}")
        return name

    def _of_sqlalchemy(self, type_: Any, prefix: str) -> str | Group:
        name = type(type_).__name__
        if isinstance(type_, sa.Enum):
            return self._enum(type_, prefix)
        if isinstance(type_, sa.ARRAY):
            more: dict[str, Node] = {"dimensions": literal(type_.dimensions)} if type_.dimensions else {}
            return call(f"{prefix}{name}", self.source(type_.item_type), named=more)
        if name in ("JSON", "JSONB"):
            # What it is compared as is a matter of queries.
            return f"{prefix}{name}()"
        if name in ("HSTORE", "ARRAY"):
            return f"{prefix}{name}()"
        if isinstance(type_, sa.Boolean):
            more = {}
            if type_.create_constraint:
                more["create_constraint"] = "True"
                more |= {"name": literal(str(type_.name))} if type_.name else {}
            return call(f"{prefix}{name}", named=more)
        if isinstance(type_, sa.Uuid):
            return f"{prefix}{name}()" if type_.native_uuid else f"{prefix}{name}(native_uuid=False)"
        if isinstance(type_, sa.PickleType):
            return f"{prefix}PickleType()"
        if name == "DOMAIN":
            return self._domain(type_, prefix)
        return double_quoted(f"{prefix}{type_!r}")

    def _domain(self, type_: Any, prefix: str) -> Group:
        words = ("collation", "collation_schema", "constraint_name", "not_null", "schema")
        keywords: dict[str, Node] = {word: literal(value) for word in words if (value := getattr(type_, word, None))}
        for word in ("default", "check"):
            value = getattr(type_, word)
            if value is not None:
                text = literal(value if isinstance(value, str) else escaped(str(value)))
                keywords[word] = text if isinstance(value, str) else f"{self._sa}text({text})"
        if not type_.create_type:
            keywords["create_type"] = "False"
        return call(f"{prefix}DOMAIN", literal(type_.name), self.source(type_.data_type), named=keywords)

    def _enum(self, type_: Any, prefix: str) -> Group:
        keywords: dict[str, Node] = {}
        if type_.name:
            keywords["name"] = literal(str(type_.name))
        if type_.schema:
            keywords["schema"] = literal(str(type_.schema))
        if getattr(type_, "charset", None):
            keywords["charset"] = literal(type_.charset)
        if getattr(type_, "collation", None):
            keywords["collation"] = literal(type_.collation)
        if not type_.native_enum:
            keywords["native_enum"] = "False"
            given = getattr(type_, "length", None)
            if given and type_.enums and given != max(map(len, type_.enums)):
                keywords["length"] = literal(given)
        if type_.create_constraint:
            keywords["create_constraint"] = "True"
        if getattr(type_, "create_type", True) is False:
            keywords["create_type"] = "False"
        if type(type_).__name__ not in ("Enum", "ENUM"):
            prefix = self._sa
        name = "Enum" if prefix == self._sa else "ENUM"
        return call(f"{prefix}{name}", *(literal(each) for each in type_.enums), named=keywords)

    def _of_users(self, type_: TypeEngine[Any]) -> str | Group:
        kind = type(type_)
        prefix = f"{kind.__module__}." if self._user_prefix is None else self._user_prefix
        # A decorator around an instance, such as String(30), repeats that one's arguments, and takes none.
        sources = [f"{prefix}{_qualified(_repeated(type_), kind)}", f"{prefix}{kind.__qualname__}()"]
        source = next((each for each in map(double_quoted, sources) if self._runs(each, type_)), None)
        if source is None or "<locals>" in kind.__qualname__ or kind.__module__ == "__main__":
            return self._fallback(type_)
        if self._user_prefix is None:
            self._imports.add(f"import {kind.__module__}")
        return source

    def _runs(self, source: str, type_: TypeEngine[Any]) -> bool:
        """Return True if the source makes a type that is the same to the database."""
        if self._user_prefix is not None:
            return True
        module = type(type_).__module__
        top = module.partition(".")[0]
        try:
            made = eval(source, {top: __import__(module)})
        except Exception:  # whatever the constructor of a project's type says
            return False
        return isinstance(made, TypeEngine) and self._text(made) == self._text(type_)

    def _text(self, type_: TypeEngine[Any]) -> str | None:
        try:
            return type_.compile(dialect=self._dialect)
        except exc.SQLAlchemyError:
            return None

    def _fallback(self, type_: TypeEngine[Any]) -> str | Group:
        name = type(type_).__name__
        inner: Any = type_
        if isinstance(type_, TypeDecorator):
            inner = type_.load_dialect_impl(self._dialect)
        if inner is type_ or not type(inner).__module__.startswith("sqlalchemy"):
            inner = None
        self.remarks.append(f"{name}: its constructor cannot be called again, this is what the database makes of it")
        if inner is not None:
            return self.source(inner)
        return self._written(type_)

    def _written(self, type_: Any) -> str | Group:
        """Return a type that is known by its text alone."""
        text = getattr(type_, "text", None) or self._text(type_) or "NULL"
        self._imports.add("from sqlalchemy.types import UserDefinedType")
        return (
            f'type("Written", (UserDefinedType,), {{"get_col_spec": lambda self, **kw: {literal(text)}, '
            f'"cache_ok": True}})()'
        )


def _repeated(type_: TypeEngine[Any]) -> str:
    """Return a `repr`; GeoAlchemy2's types would add an index of their own to the table, which has a line already."""
    repeated = repr(type_)
    if getattr(type_, "spatial_index", None) is not True:
        return repeated
    begun = repeated[:-1]
    return f"{begun}spatial_index=False)" if begun.endswith("(") else f"{begun}, spatial_index=False)"


def _qualified(repeated: str, kind: type) -> str:
    """Return a `repr` with the qualified name of a class that is in another one."""
    if repeated.startswith(f"{kind.__name__}(") and kind.__qualname__ != kind.__name__:
        return kind.__qualname__ + repeated[len(kind.__name__) :]
    return repeated
