"""Columns, constraints, indexes and defaults -> source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import ColumnClause, Grouping, Label, TextClause, UnaryExpression, conv
from sqlalchemy.sql.functions import FunctionElement

from ..operations.copies import target_of
from ..schema.quoting import escaped, unescaped
from .layout import Group, Keyword, Node, call, literal, tree
from .types import TypeSource

RenderItem = Any
"""A function of the project that writes an item itself: (kind, item) -> source, None to leave it out, False."""


class ItemSource:
    """Writes what stands in `op.create_table(...)`, and the arguments of other directives."""

    def __init__(
        self, dialect: Dialect, types: TypeSource, *, op: str = "op.", sa: str = "sa.", item: RenderItem = None
    ):
        self.types = types
        self.op = op
        self.sa = sa
        self._dialect = dialect
        self._ddl: Any = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type]
        self._own = item

    def own(self, kind: str, item: Any) -> Any:
        """Return what the project's function makes of an item; False where it leaves it to us."""
        return False if self._own is None else self._own(kind, item)

    # -- plain things ---------------------------------------------------------------------------------

    def name(self, name: str | None) -> str:
        """Return a name; one that is final in `op.f(...)`."""
        if isinstance(name, conv):
            return f"{self.op}f({literal(str(name))})"
        return literal(name)

    def names(self, names: Iterable[str]) -> Group:
        """Return a list of names."""
        return Group("[", tuple(literal(str(name)) for name in names), "]")

    def type(self, type_: Any) -> str | Group:
        """Return the source of a type."""
        own = self.own("type", type_)
        return own if own not in (False, None) else self.types.source(type_)

    def text(self, expression: Any) -> str:
        """Return the SQL of an expression, as it stands in `sa.text(...)`."""
        if isinstance(expression, str):
            return expression
        if isinstance(expression, TextClause) and not expression._bindparams:
            return expression.text
        compiled: str = self._ddl.sql_compiler.process(expression, include_table=False, literal_binds=True)
        return escaped(compiled.replace("%%", "%") if self._ddl.preparer._double_percents else compiled)

    def condition(self, expression: Any) -> str:
        """Return a condition as a text, or as `sa.text(...)` where a colon could be misread."""
        text = self.text(expression)
        return f"{self.sa}text({literal(text)})" if "\\:" in text else literal(text)

    def default(self, default: Any, type_: Any = None) -> str | Group:
        """Return the source of a server default.

        :param type_: the type of its column; a truth value is written so that every database can read it.
        """
        own = self.own("server_default", default)
        if own not in (False, None):
            return own  # type: ignore[no-any-return]
        if default is None or isinstance(default, (bool, str)):
            return literal(default)
        if isinstance(default, sa.Computed):
            return self.computed(default)
        if isinstance(default, sa.Identity):
            return self.identity(default)
        if isinstance(default, sa.DefaultClause):
            return self.default(default.arg, type_)
        if isinstance(default, sa.FetchedValue):
            return f"{self.sa}FetchedValue()"
        return self._default_in_sql(default, type_)

    def _default_in_sql(self, default: Any, type_: Any) -> str | Group:
        if isinstance(default, sa.Sequence):
            return call(f"{self.sa}Sequence", literal(default.name))
        text = self.text(default)
        truth = {"0": "false", "1": "true", self.text(sa.false()): "false", self.text(sa.true()): "true"}
        if isinstance(type_, sa.Boolean) and text in truth:
            return f"{self.sa}{truth[text]}()"
        return f"{self.sa}text({literal(text)})"

    def computed(self, computed: sa.Computed) -> Group:
        """Return the source of GENERATED ALWAYS AS."""
        more: dict[str, Node] = {} if computed.persisted is None else {"persisted": literal(computed.persisted)}
        return call(f"{self.sa}Computed", literal(self.text(computed.sqltext)), named=more)

    def identity(self, identity: sa.Identity) -> Group:
        """Return the source of GENERATED AS IDENTITY."""
        names = ("start", "increment", "minvalue", "maxvalue", "nominvalue", "nomaxvalue", "cycle", "cache", "order")
        more: dict[str, Node] = {
            name: literal(value) for name in names if (value := getattr(identity, name, None)) is not None
        }
        return call(f"{self.sa}Identity", named={"always": literal(bool(identity.always)), **more})

    # -- items of tables ------------------------------------------------------------------------------

    def column(self, column: sa.Column[Any]) -> str | Group | None:
        """Return the source of a column; None if the project's function leaves it out."""
        own = self.own("column", column)
        if own is not False:
            return own  # type: ignore[no-any-return]
        arguments: list[Node] = [literal(str(column.name)), self.type(column.type)]
        if column.computed is not None:
            arguments.append(self.computed(column.computed))
        if column.identity is not None:
            arguments.append(self.identity(column.identity))
        keywords: dict[str, Node] = {}
        default = column.server_default
        if default is not None and not isinstance(default, (sa.Computed, sa.Identity)):
            keywords["server_default"] = self.default(default, column.type)
        if column.autoincrement in (True, False):
            keywords["autoincrement"] = literal(column.autoincrement)
        keywords["nullable"] = literal(bool(column.nullable))
        if column.system:
            keywords["system"] = "True"
        if column.comment is not None:
            keywords["comment"] = literal(column.comment)
        keywords |= {key: self.value(value) for key, value in sorted(column.dialect_kwargs.items())}
        return call(f"{self.sa}Column", *arguments, named=keywords)

    def value(self, value: Any) -> str | Group:
        """Return the source of a keyword's value."""
        if isinstance(value, sa.Column):
            return literal(str(value.name))
        if isinstance(value, (list, tuple)):
            return Group("[", tuple(map(self.value, value)), "]")
        if isinstance(value, dict):
            return Group("{", tuple(Keyword(f"{literal(key)}: ", self.value(each)) for key, each in value.items()), "}")
        if isinstance(value, sa.sql.ClauseElement):
            return f"{self.sa}text({literal(self.text(value))})"
        return tree(value)

    def item(self, item: SchemaItem) -> str | Group | None:
        """Return the source of an item of `op.create_table(...)`; None if it is left out."""
        if isinstance(item, sa.Column):
            return self.column(item)
        if isinstance(item, sa.Index):
            return self.index(item)
        return self.constraint(item)

    def constraint(self, item: Any) -> str | Group | None:
        """Return the source of a constraint."""
        kind = next((word for each, word in _KINDS.items() if isinstance(item, each)), "exclude")
        own = self.own(kind, item)
        if own is not False:
            return own  # type: ignore[no-any-return]
        keywords: dict[str, Node] = {} if item.name is None else {"name": self.name(item.name)}
        for key in ("onupdate", "ondelete", "deferrable", "initially", "match", "use_alter"):
            if value := getattr(item, key, None):
                keywords[key] = literal(value)
        keywords |= {key: self.value(value) for key, value in sorted(item.dialect_kwargs.items())}
        if isinstance(item, sa.ForeignKeyConstraint):
            targets = [target_of(key) for key in item.elements]
            texts = [each if isinstance(each, str) else ".".join(part for part in each if part) for each in targets]
            return call(
                f"{self.sa}ForeignKeyConstraint", self.names(item.column_keys), self.names(texts), named=keywords
            )
        if isinstance(item, sa.CheckConstraint):
            return call(f"{self.sa}CheckConstraint", self.condition(item.sqltext), named=keywords)
        if hasattr(item, "_render_exprs"):
            return self._exclude(item, keywords)
        columns = item.columns.keys() or [str(each) for each in item._pending_colargs]
        return call(f"{self.sa}{type(item).__name__}", *(literal(str(each)) for each in columns), named=keywords)

    def _exclude(self, item: Any, keywords: dict[str, Node]) -> Group:
        self.types._dialect_module("postgresql")
        keywords["using"] = literal(item.using)
        if item.where is not None:
            keywords["where"] = f"{self.sa}text({literal(self.text(item.where))})"
        pairs = (self.pair(expression, operator) for expression, _, operator in item._render_exprs)
        return call("postgresql.ExcludeConstraint", *pairs, named=keywords)

    def pair(self, expression: Any, operator: str) -> Group:
        """Return an element of an EXCLUDE constraint; Alembic takes no `sa.text` there."""
        text = unescaped(self.text(expression))
        kind = "column" if re.fullmatch(r"[a-z_][a-z0-9_]*", text) else "literal_column"
        return Group("(", (f"{self.sa}{kind}({literal(text)})", literal(operator)))

    def index(self, index: sa.Index) -> Group:
        """Return the source of an index."""
        elements = index.expressions or getattr(index, "_pending_colargs", ())
        keywords: dict[str, Node] = {"unique": literal(bool(index.unique))}
        keywords |= {key: self.value(value) for key, value in sorted(index.dialect_kwargs.items())}
        return call(f"{self.sa}Index", self.name(index.name), *map(self.element, elements), named=keywords)

    def element(self, element: Any) -> str:
        """Return the source of a column or expression of an index."""
        if isinstance(element, str):
            return literal(element)
        if isinstance(element, sa.Column):
            return literal(str(element.name))
        if isinstance(element, TextClause):
            return f"{self.sa}text({literal(self.text(element))})"
        label = f".label({literal(element.name)})" if isinstance(element, Label) else ""  # options may name it
        return f"{self.sa}literal_column({literal(unescaped(self._in_index(element)))}){label}"

    def _in_index(self, element: Any) -> str:
        """Return an expression as CREATE INDEX takes it: in parentheses, but for names and calls."""
        if isinstance(element, Label):
            return self._in_index(element.element)
        if isinstance(element, UnaryExpression) and element.modifier in _DIRECTIONS:
            return f"{self._in_index(element.element)} {_DIRECTIONS[element.modifier]}"
        text = self.text(element)
        is_plain = isinstance(element, (*_PLAIN, Grouping)) or _NAME.fullmatch(text)
        return text if is_plain else f"({text})"


_DIRECTIONS: dict[Any, str] = {
    operators.desc_op: "DESC",
    operators.asc_op: "ASC",
    operators.nulls_first_op: "NULLS FIRST",
    operators.nulls_last_op: "NULLS LAST",
}

_NAME = re.compile(r"\w+|([\"`])(?:(?!\1).|\1\1)+\1")

_PLAIN = (ColumnClause, TextClause, FunctionElement, sa.Cast, sa.Extract)

_KINDS: dict[Any, str] = {
    sa.PrimaryKeyConstraint: "primary_key",
    sa.ForeignKeyConstraint: "foreign_key",
    sa.UniqueConstraint: "unique",
    sa.CheckConstraint: "check",
}
