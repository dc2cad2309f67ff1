"""Changes to a CREATE TABLE or CREATE INDEX text of SQLite: each gives a new value and keeps the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from .sqlite_parser import parse_table
from .sqlite_text import Clause, ClauseKind, ColumnText, IndexText, Part, TableText, groups, split
from .sqlite_tokens import (
    Token,
    Tokens,
    audible,
    column_places,
    fold,
    name_of,
    tokenize,
    with_column_renamed,
    without_qualifier,
)

SPACE = Token("space", " ")


def column_from(text: str) -> ColumnText:
    """Return a column definition, as it stands in CREATE TABLE, as a value."""
    return parse_table(f"CREATE TABLE t ({text})").columns[0]


def constraint_from(text: str) -> Clause:
    """Return a constraint of a table, as it stands in CREATE TABLE, as a value."""
    return parse_table(f"CREATE TABLE t ({text})").constraints[0]


def clause_from(text: str) -> Clause:
    """Return a constraint of a column, as it stands behind the type, as a value with a space before it."""
    return parse_table(f"CREATE TABLE t (c {text})").columns[0].clauses[0]


# -- the table -------------------------------------------------------------------------------------


def called(table: TableText, name: str) -> TableText:
    """Return a table's text under another name.

    :param name: as it is to be written, with quotes and schema.
    """
    return replace(table, opening=tokenize("CREATE TABLE "), name_token=Token("quoted", name))


def with_parts(table: TableText, parts: Iterable[Part]) -> TableText:
    """Return a table with these items, with commas between them.

    One that comes first, or does so no longer, gets the space that items have there.
    """
    listed = list(parts)
    first = table.parts[0]
    begin = tuple(token for token in first.lead if token.kind == "space")[-1:]
    for place, part in enumerate(listed):
        if all(token.kind == "space" for token in part.lead):
            lead = begin if place == 0 else _lead(table) if part == first else part.lead
            part = replace(part, lead=lead)
        listed[place] = replace(part, comma=place < len(listed) - 1)
    return replace(table, parts=tuple(listed))


def in_order(table: TableText, order: Sequence[str]) -> TableText:
    """Return a table with its columns in this order; `order` names them all."""
    columns = [part for part in table.parts if isinstance(part.body, ColumnText)]
    others = [part for part in table.parts if not isinstance(part.body, ColumnText)]
    places = {fold(name): place for place, name in enumerate(order)}
    columns.sort(key=lambda part: places[fold(str(part.body.name))])
    return with_parts(table, [*columns, *others])


def with_option(table: TableText, word: str) -> TableText:
    """Return a table with STRICT or WITHOUT ROWID behind its closing parenthesis."""
    if any(token.says(word.split()[0]) for token in table.tail):
        return table
    optioned = any(token.kind == "word" for token in table.tail)
    return replace(table, tail=(*table.tail, *tokenize(f", {word}" if optioned else f" {word}")))


# -- columns ---------------------------------------------------------------------------------------


def add_column(table: TableText, column: ColumnText) -> TableText:
    """Return a table with one more column behind the others."""
    count = len(table.columns)
    new = Part(_lead(table), column)
    return with_parts(table, [*table.parts[:count], new, *table.parts[count:]])


def change_column(table: TableText, name: str, change: Callable[[ColumnText], ColumnText]) -> TableText:
    """Return a table in which a column is what `change` makes of it."""
    parts = []
    for part in table.parts:
        if isinstance(part.body, ColumnText) and fold(part.body.name) == fold(name):
            part = replace(part, body=change(part.body))
        parts.append(part)
    return replace(table, parts=tuple(parts))


def drop_column(table: TableText, name: str) -> TableText:
    """Return a table without a column, without a primary key over it, and without unnamed CHECKs of it alone.

    What else needs it is left for `without_needing`: another column may come under that name.
    """
    kept = [part for part in table.parts if not _goes_with(table, part.body, name)]
    return with_parts(table, kept)


def without_needing(table: TableText, name: str) -> TableText:
    """Return a table without the keys, foreign keys and CHECKs over a column that it no longer has.

    A CHECK over other columns as well stays: `checks_over` finds it.
    """

    def needs(column: ColumnText | None, clause: Clause) -> bool:
        if column is None and fold(name) in {fold(listed) for listed in clause.columns}:
            return True
        return column is None and clause.kind == "CHECK" and _over(table, clause, name)

    return without(table, needs)


def rename_column(table: TableText, name: str, new: str) -> TableText:
    """Return a table in which a column has another name, wherever the text means it.

    :param new: the new name as it is to be written, with quotes where it needs them.
    """

    def renamed(clause: Clause) -> Clause:
        return _clause_renamed(table, clause, name, new)

    def body(old: ColumnText | Clause) -> ColumnText | Clause:
        if isinstance(old, Clause):
            return renamed(old)
        column = replace(old, clauses=tuple(renamed(clause) for clause in old.clauses))
        return replace(column, name_token=_name_token(new)) if _is_column(old, name) else column

    return _mapped(table, body)


def with_type(column: ColumnText, new: ColumnText) -> ColumnText:
    """Return a column with the type of another, and with its COLLATE if that has one."""
    typed = replace(column, type_tokens=new.type_tokens)
    collation = new.clause("COLLATE")
    if collation is None:
        return typed
    return with_clause(without_clauses(typed, "COLLATE"), collation)


_BEFORE: dict[ClauseKind, tuple[ClauseKind, ...]] = {
    "COLLATE": (),
    "DEFAULT": ("COLLATE",),
    "NOT NULL": ("COLLATE", "DEFAULT", "GENERATED"),
}


def with_clause(column: ColumnText, clause: Clause) -> ColumnText:
    """Return a column with a clause: where the old one of its kind was, else where SQLAlchemy writes it."""
    clauses = list(column.clauses)
    same = [place for place, old in enumerate(clauses) if old.kind == clause.kind]
    if same:
        clauses[same[-1]] = clause
        return replace(column, clauses=tuple(clauses))
    first = _BEFORE.get(clause.kind)
    place = len(clauses)
    if first is not None:
        place = max((at + 1 for at, old in enumerate(clauses) if old.kind in first), default=0)
    return replace(column, clauses=(*clauses[:place], clause, *clauses[place:]))


def without_clauses(column: ColumnText, *kinds: ClauseKind) -> ColumnText:
    """Return a column without its clauses of these kinds."""
    return replace(column, clauses=tuple(clause for clause in column.clauses if clause.kind not in kinds))


def not_null(column: ColumnText, wanted: bool) -> ColumnText:
    """Return a column that is NOT NULL, or is not."""
    if not wanted:
        return without_clauses(column, "NOT NULL")
    if column.clause("NOT NULL"):
        return column
    return with_clause(without_clauses(column, "NULL"), clause_from("NOT NULL"))


# -- constraints -----------------------------------------------------------------------------------


def add_constraint(table: TableText, clause: Clause) -> TableText:
    """Return a table with one more constraint: behind the columns a primary key, then those with a name."""
    count = len(table.columns) if clause.kind == "PRIMARY KEY" else len(table.parts)
    if clause.kind != "PRIMARY KEY" and clause.name is not None:
        unnamed = (
            place
            for place, part in enumerate(table.parts)
            if isinstance(part.body, Clause) and part.body.name is None and part.body.kind != "PRIMARY KEY"
        )
        count = next(unnamed, count)
    new = Part(_lead(table), clause)
    return with_parts(table, [*table.parts[:count], new, *table.parts[count:]])


def all_clauses(table: TableText) -> tuple[tuple[ColumnText | None, Clause], ...]:
    """Return every constraint with the column that it stands in, None for those of the table."""
    inner = tuple((column, clause) for column in table.columns for clause in column.clauses)
    return (*inner, *((None, clause) for clause in table.constraints))


def map_clauses(table: TableText, change: Callable[[ColumnText | None, Clause], Clause | None]) -> TableText:
    """Return a table in which every constraint is what `change` makes of it; None ends it."""
    parts = []
    for part in table.parts:
        if isinstance(part.body, Clause):
            clause = change(None, part.body)
            if clause is not None:
                parts.append(replace(part, body=clause))
            continue
        column = part.body
        clauses = (change(column, clause) for clause in column.clauses)
        kept = tuple(clause for clause in clauses if clause is not None)
        parts.append(replace(part, body=replace(column, clauses=kept)))
    return with_parts(table, parts)


def without(table: TableText, gone: Callable[[ColumnText | None, Clause], bool]) -> TableText:
    """Return a table without the constraints for which `gone` is true."""
    return map_clauses(table, lambda column, clause: None if gone(column, clause) else clause)


def named(clause: Clause, name: str) -> Clause:
    """Return an unnamed constraint with a name.

    :param name: as it is to be written.
    """
    silence = 0
    while clause.tokens[silence].silent:
        silence += 1
    inserted = (Token("word", "CONSTRAINT"), SPACE, _name_token(name), SPACE)
    tokens = (*clause.tokens[:silence], *inserted, *clause.tokens[silence:])
    return replace(clause, name=name_of(_name_token(name)), tokens=tokens)


def renamed_clause(clause: Clause, name: str) -> Clause:
    """Return a constraint that has a name with another one.

    :param name: as it is to be written.
    """
    word = next(place for place, token in enumerate(clause.tokens) if token.says("CONSTRAINT"))
    old = next(place for place in range(word + 1, len(clause.tokens)) if not clause.tokens[place].silent)
    tokens = (*clause.tokens[:old], _name_token(name), *clause.tokens[old + 1 :])
    return replace(clause, name=name_of(_name_token(name)), tokens=tokens)


def key_columns(table: TableText) -> tuple[str, ...]:
    """Return the columns of the primary key; empty where there is none."""
    for column, clause in all_clauses(table):
        if clause.kind == "PRIMARY KEY":
            return clause.columns if column is None else (column.name,)
    return ()


def rowid_column(table: TableText) -> str | None:
    """Return the column that is another name for the rowid (https://www.sqlite.org/lang_createtable.html#rowid)."""
    if table.without_rowid or len(key_columns(table)) != 1:
        return None
    for column, clause in all_clauses(table):
        if clause.kind == "PRIMARY KEY":
            key = column or table.column(clause.columns[0])
            descending = column is not None and clause.has("DESC")
            integer = key is not None and key.declared_type.upper() == "INTEGER"
            return key.name if key is not None and integer and not descending else None
    return None


def autoincrement(table: TableText) -> bool:
    """Return True for a table with AUTOINCREMENT."""
    return any(
        token.says("AUTOINCREMENT")
        for _, clause in all_clauses(table)
        if clause.kind == "PRIMARY KEY"
        for token in clause.tokens
    )


def value_place(default: Clause) -> int:
    """Return where the value of a DEFAULT clause begins."""
    word = next(place for place, token in enumerate(default.tokens) if token.says("DEFAULT"))
    return next(place for place in range(word + 1, len(default.tokens)) if not default.tokens[place].silent)


def checks_over(table: TableText, name: str) -> tuple[Clause, ...]:
    """Return the CHECKs, and the clauses of generated columns, that mention a column other than their own."""
    return tuple(
        clause
        for column, clause in all_clauses(table)
        if clause.kind in ("CHECK", "GENERATED")
        and not (column is not None and fold(column.name) == fold(name))
        and column_places(clause.expression, name)
    )


def same_check(one: Clause, other: Clause) -> bool:
    """Return True if two CHECKs say the same, apart from space, comments, quotes and case."""

    def plain(clause: Clause) -> list[str]:
        tokens = audible(clause.expression)
        return [token.text if token.kind == "string" else fold(name_of(token)) for token in tokens]

    return plain(one) == plain(other)


def unqualified(table: TableText) -> TableText:
    """Return a table whose CHECKs and generated columns name their columns without the table."""

    def change(column: ColumnText | None, clause: Clause) -> Clause:
        if clause.kind not in ("CHECK", "GENERATED"):
            return clause
        return replace(clause, tokens=without_qualifier(clause.tokens, table.name))

    return map_clauses(table, change)


def referred_place(tokens: Tokens) -> int:
    """Return where a foreign key names the other table."""
    heard = [place for place, token in enumerate(tokens) if not token.silent]
    at = next(number for number, place in enumerate(heard) if tokens[place].says("REFERENCES"))
    return heard[at + 1]


def refer_to(table: TableText, old: str, new: str) -> TableText:
    """Return a table whose foreign keys to the table `old` go to `new`, as it is to be written."""

    def change(column: ColumnText | None, clause: Clause) -> Clause:
        reference = clause.reference
        if reference is None or fold(reference.table) != fold(old):
            return clause
        tokens = list(clause.tokens)
        tokens[referred_place(clause.tokens)] = _name_token(new)
        return replace(clause, tokens=tuple(tokens))

    return map_clauses(table, change)


# -- indexes ---------------------------------------------------------------------------------------


def index_uses(index: IndexText, column: str) -> bool:
    """Return True if an index needs a column: as key, in an expression, in its WHERE."""
    return bool(column_places(index.body, column) or column_places(index.tail, column))


def rename_in_index(index: IndexText, column: str, new: str) -> IndexText:
    """Return an index in whose text a column has another name, as it is to be written."""
    return replace(
        index,
        body=with_column_renamed(index.body, column, new),
        tail=with_column_renamed(index.tail, column, new),
    )


# -- the pieces ------------------------------------------------------------------------------------


def _mapped(table: TableText, change: Callable[[ColumnText | Clause], ColumnText | Clause]) -> TableText:
    return replace(table, parts=tuple(replace(part, body=change(part.body)) for part in table.parts))


def _is_column(body: ColumnText | Clause, name: str) -> bool:
    return isinstance(body, ColumnText) and fold(body.name) == fold(name)


def _goes_with(table: TableText, body: ColumnText | Clause, column: str) -> bool:
    if isinstance(body, ColumnText):
        return _is_column(body, column)
    if body.kind == "PRIMARY KEY":
        return fold(column) in {fold(name) for name in body.columns}
    return body.kind == "CHECK" and body.name is None and _over(table, body, column)


def _over(table: TableText, check: Clause, column: str) -> bool:
    """Return True if a CHECK is over this column and over no other one of the table."""
    others = (other.name for other in table.columns if fold(other.name) != fold(column))
    alone = not any(column_places(check.expression, other) for other in others)
    return alone and bool(column_places(check.expression, column))


def _name_token(name: str) -> Token:
    return tokenize(name)[0]


def _lead(table: TableText) -> Tokens:
    """Return the space before a new item: that of the last one, without comments."""
    for part in reversed(table.parts[1:]):
        space = [token for token in part.lead if token.kind == "space"]
        if space:
            return (space[-1],)
    return (SPACE,)


def _clause_renamed(table: TableText, clause: Clause, name: str, new: str) -> Clause:
    """Return a constraint after the renaming of a column of its table."""
    reference = clause.reference
    to_itself = reference is not None and fold(reference.table) == fold(table.name)
    spans = groups(clause.tokens)
    if clause.kind in ("REFERENCES", "DEFAULT"):
        spans = spans if to_itself else ()
    elif clause.kind == "FOREIGN KEY" and not to_itself:
        spans = spans[:1]
    renamed = with_column_renamed if clause.kind in ("CHECK", "GENERATED") else _list_renamed
    tokens = list(clause.tokens)
    for begin, end in spans:
        tokens[begin:end] = renamed(clause.tokens[begin:end], name, new)
    return replace(clause, tokens=tuple(tokens))


def _list_renamed(tokens: Tokens, name: str, new: str) -> Tokens:
    """Return a list of columns, of the same length, in which one has another name."""
    renamed: list[Token] = []
    for item in split(tokens):
        heard = audible(item)
        first = next((place for place, token in enumerate(item) if not token.silent), 0)
        hit = bool(heard) and fold(name_of(heard[0])) == fold(name)
        renamed += [_name_token(new) if hit and place == first else token for place, token in enumerate(item)]
        renamed.append(Token("mark", ","))
    return tuple(renamed[:-1])
