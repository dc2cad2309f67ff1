"""Plain SQL text: a dialect that doubles no percent signs, and statements with their values inline."""

from __future__ import annotations

import copy
import enum
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Insert, LargeBinary, String, Update, literal, text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.ddl import BaseDDLElement
from sqlalchemy.sql.elements import BindParameter, TextClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON, TypeEngine, _Binary

from ..errors import OperationError
from .actions import Send

_BYTES = {"postgresql": "'\\x{}'", "mssql": "0x{}", "oracle": "HEXTORAW('{}')"}


def plain_dialect(dialect: Dialect) -> Dialect:
    """Return a copy of a dialect whose texts are plain: no `%` doubled, values written as literals.

    What a connection taught the dialect (version, MariaDB, quoting) stays; the original is not touched.
    """
    if issubclass(dialect.statement_compiler, _LiteralCompiler):
        return dialect
    plain: Any = copy.copy(dialect)
    plain.paramstyle = "named"
    plain.positional = False
    plain.identifier_preparer = _plain_preparer(dialect.identifier_preparer, plain)
    plain.statement_compiler = _literal_compiler(plain.statement_compiler)
    plain.type_compiler_instance = plain.type_compiler = type(dialect.type_compiler_instance)(plain)
    # Processors are remembered here, made for the dialect that they were asked of.
    plain.__dict__.pop("_type_memos", None)
    if plain.name == "postgresql" and plain.server_version_info is None:
        # SQLAlchemy 2.0 takes a server that it has not asked for one before 9.1, with special backslashes
        # (https://www.postgresql.org/docs/9.1/release-9-1.html: standard_conforming_strings).
        plain._backslash_escapes = False
    plain.for_literals = _literal_dialect(plain)
    return plain  # type: ignore[no-any-return]


def literal_sql(statement: Executable | str, dialect: Dialect) -> str:
    """Return a statement as one text, with its values written inline.

    :param statement: a string, in which `:name` is a parameter unless written `\\:name`, or any executable.
    :raises OperationError: a parameter has no value, or a value cannot be written in SQL.
    """
    plain = plain_dialect(dialect)
    element: Any = text(statement) if isinstance(statement, str) else statement
    if isinstance(element, FunctionElement):
        element = element.select()
    if isinstance(element, (Insert, Update)):
        element = _with_defaults(element, plain)
    options = {} if isinstance(element, BaseDDLElement) else {"literal_binds": True}
    return str(element.compile(dialect=plain, compile_kwargs=options)).strip()


def texts_of(send: Send, dialect: Dialect) -> Iterator[str]:
    """Yield the texts of an action that carries values: one for each row."""
    plain = plain_dialect(dialect)
    statement: Any = send.statement
    if send.rows is None:
        yield literal_sql(statement, plain)
        return
    for row in send.rows:
        yield literal_sql(with_values(statement, row), plain)


def with_values(statement: Any, row: Mapping[str, Any]) -> Executable:
    """Return a statement that carries the parameters of one execution."""
    if isinstance(statement, TextClause):
        return statement.bindparams(**{name: row[name] for name in statement._bindparams if name in row})
    if isinstance(statement, (Insert, Update)):
        return statement.values(row)
    given: Executable = statement.params(row)
    return given


def _with_defaults(statement: Insert | Update, plain: Dialect) -> Insert | Update:
    """Return the statement with the values that SQLAlchemy would otherwise add from Python as it executes."""
    compiled: Any = statement.compile(dialect=plain)
    values: dict[Any, Any] = {}
    for column in [*compiled.insert_prefetch, *compiled.update_prefetch]:
        default = column.default if isinstance(statement, Insert) else column.onupdate
        if default is None or not default.is_scalar or statement._multi_values:
            raise OperationError(
                f"The value of column {column.name} comes from a Python function: SQL text cannot call it.",
                f"give {column.name} a value in the statement.",
            )
        values[column] = default.arg
    return statement.values(values) if values else statement


def _literal_dialect(plain: Any) -> Any:
    """Return a copy that writes JSON and bytes in their places.

    It is for values alone: asked for the DDL of a type, it could answer with that of another one.
    """
    twin = copy.copy(plain)
    adapted = {known: JSONText if issubclass(known, JSON) else own for known, own in plain.colspecs.items()}
    twin.colspecs = adapted | {_Binary: HexBytes, LargeBinary: HexBytes, JSON: JSONText}
    twin.__dict__.pop("_type_memos", None)
    twin.for_literals = twin
    return twin


def _plain_preparer(preparer: Any, plain: Dialect) -> Any:
    copied = copy.copy(preparer)
    copied.dialect = plain
    copied._double_percents = False
    copied._strings = {}  # quoted names, with their percent signs doubled
    return copied


@cache
def _literal_compiler(compiler: type[Any]) -> type[Any]:
    return type(f"Literal{compiler.__name__}", (_LiteralCompiler, compiler), {})


class _LiteralCompiler(SQLCompiler):
    """What a statement compiler needs in order to write the values that SQLAlchemy does not."""

    def visit_mod_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        # pg8000's compiler doubles the sign whatever its dialect says.
        modulo: str = super().visit_mod_binary(binary, operator, **kw)  # type: ignore[no-untyped-call]
        return modulo.replace(" %% ", " % ")

    def render_literal_bindparam(self, bindparam: BindParameter[Any], *args: Any, **kw: Any) -> str:
        name: str = self._truncate_bindparam(bindparam)  # type: ignore[no-untyped-call]
        if bindparam.value is None and bindparam.callable is None:
            if bindparam.required and self.statement is None:
                return f":{name}"  # DDL has no parameters: it was meant as it stands
            if bindparam.required:
                raise OperationError(
                    f"The statement has a parameter :{name} without a value.",
                    f"give it one with text(...).bindparams({name}=...), or write \\:{name} for the word.",
                )
            if bindparam.type.should_evaluate_none:
                return self.render_literal_value(None, bindparam.type)
        try:
            return str(super().render_literal_bindparam(bindparam, *args, **kw))  # type: ignore[no-untyped-call]
        except CompileError as error:
            raise OperationError(
                f"The value of {name} is a {type(bindparam.value).__name__}, which has no form in SQL text "
                f"as {bindparam.type!r}.",
                "write it as the database reads it: op.inline_literal('...'), or the text of op.execute().",
            ) from error

    def render_literal_value(self, value: Any, type_: TypeEngine[Any]) -> str:
        plain: Any = self.dialect
        self.dialect = plain.for_literals
        try:
            return self._rendered_value(value, type_)
        finally:
            self.dialect = plain

    def _rendered_value(self, value: Any, type_: TypeEngine[Any]) -> str:
        try:
            return super().render_literal_value(value, literal(value).type if type_._isnull else type_)
        except CompileError:
            sent = _as_sent(value, type_, self.dialect)
            if sent is None:
                raise
            return super().render_literal_value(sent, literal(sent).type)


_SIMPLE: tuple[type[Any], ...] = (bool, int, float, Decimal, str, bytes, datetime, date, time)


def _as_sent(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> Any:
    """Return the simple value that the driver would be sent; None where there is no such value."""
    sent = value.value if isinstance(value, enum.Enum) else value
    implementation = type_.dialect_impl(dialect)
    if implementation.literal_processor(dialect) is None or not isinstance(sent, _SIMPLE):
        with suppress(Exception):  # it may need the driver itself
            processor = implementation.bind_processor(dialect)
            sent = processor(sent) if processor else sent
    if type(sent) in _SIMPLE:
        return sent
    # SQLAlchemy knows a literal form for the types themselves, not for a subclass such as an enum of strings.
    return str(sent) if isinstance(sent, str) else None


class HexBytes(LargeBinary):
    """Bytes, written in hexadecimal digits the way each database reads them."""

    def literal_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        form = _BYTES.get(dialect.name, "X'{}'")
        return lambda value: form.format(bytes(value).hex().upper())


class JSONText(JSON):
    """A JSON value, written as a quoted text."""

    def literal_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        serialize = getattr(dialect, "_json_serializer", None) or json.dumps
        quote: Any = String().literal_processor(dialect)  # type: ignore[no-untyped-call]
        return lambda value: str(quote(serialize(None if value is JSON.NULL else value)))
