"""What a step does, noted as it goes on; and what an unfinished one has done already, not done again.

A step is cut where something of it is committed: at each statement that commits by itself, where DDL does that, and at
autocommit blocks. Just before such a statement a row goes into the journal, on the same connection and so in the same
transaction as what precedes. The next row, or the row of the version table, proves that the statement was done. The
last one is in doubt: the server looks whether it left its mark. Rows that statements returned are given back when the
step runs again; reads are answered anew, and what has been read is part of what is noted: only where the database says
something else this time may a script leave out, for that reason, what it did.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date, time
from typing import Any

from sqlalchemy import Connection

from ..errors import JournalMismatch, StatementInDoubt
from ..operations.catalog import StoredObject
from .journal import DONE, Item, JournalTable, Segment, digest, kept_rows, plain
from .servers import Server
from .sources import same_code
from .statements import kind_of, made_temporary, shortened
from .tap import Kept
from .words import beginning

A_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
"""What SQLite's driver is given for a time."""

HATCHES = "'flask db journal' shows what was done, and how to go on by hand."


class Journal:
    """The journal of the running step."""

    def __init__(self, connection: Connection, server: Server, table: JournalTable) -> None:
        self._connection = connection
        self._server = server
        self._table = table
        self.written: tuple[Segment, ...] = ()
        """What is in the table, in its order."""
        self.exists = self._there = False
        self._transactional = server.savepoints_last
        self._dialect = connection.dialect.name
        self._revision = self._direction = ""
        self._source: Callable[[], str] = str
        self._script: str | None = None
        self._reset()

    def _reset(self) -> None:
        self._number = 0
        self._items: list[Item] = []
        self._before: list[Item] = []
        """What the step did in runs before, in its order."""
        self._next = 0
        self._edited = False
        self._open: Segment | None = None
        """The segment whose statement has failed meanwhile."""
        self._temporary: set[str] = set()
        self._read: Any = None
        """The digest of what the script has read, as far as it has come; None for nothing."""
        self._asking = False
        self.used = False
        """True once the step has rows."""
        self._written_here = False
        """True once it has one of this run, with the text of the script."""

    def load(self) -> None:
        """Read what earlier runs have left."""
        self.exists = self._table.exists(self._connection)
        self.written = self._table.read(self._connection) if self.exists else ()

    def create(self) -> None:
        """Create the table."""
        self._table.create(self._connection)
        self.exists = True

    # -- a step -----------------------------------------------------------------------------------------

    def begin(self, revision: str, direction: str, source: Callable[[], str]) -> None:
        """Begin a step: find out what of it was done before.

        :param source: returns the text of its script.
        :raises StatementInDoubt: nothing tells whether the last statement was done.
        """
        self._revision, self._direction, self._source, self._script = revision, direction, source, None
        self._reset()
        self._there = self.exists
        segments = [each for each in self.written if (each.revision, each.direction) == (revision, direction)]
        for segment in segments:
            self.used = True
            self._number = max(self._number, segment.number)
            self._before += segment.items
            if segment.statement and (segment is not segments[-1] or self._was_done(segment)):
                self._before.append(_with(_item(segment.statement, None), change=True))
        self._edited = any(each.script and not same_code(each.script, self._text) for each in segments)

    def _was_done(self, segment: Segment) -> bool:
        if segment.fingerprint == DONE:
            return True
        done = self._server.was_done(self._connection, segment.statement, segment.fingerprint)
        if done is None:
            raise StatementInDoubt(
                f"Revision {segment.revision} was interrupted, and nothing tells whether its statement "
                f"'{shortened(segment.statement)}' was carried out.",
                f"look whether it was; then 'flask db journal --done {segment.revision}', or '--again' if it was not.",
                revision=segment.revision,
                statement=segment.statement,
            )
        if not done:
            self._open = segment
        return done

    def finish(self) -> None:
        """End a step, in the transaction of its row: nothing is left of it in the journal.

        :raises JournalMismatch: the script does not do any more what was done.
        """
        rest = self._before[self._next :]
        self._refuse_left_out([each for each in rest if not each.fact], "it ends")
        if self.used:
            self._table.forget(self._connection, self._revision)
            self.written = tuple(each for each in self.written if each.revision != self._revision)
        self._items = []

    def forget(self) -> None:
        """Forget every unfinished step: somebody says where the database is."""
        if self.written:
            self._table.forget(self._connection)
            self.written = ()

    def leaving(self) -> None:
        """Note what has been done since the last commit, in the transaction that is about to be committed."""
        if self._items:
            self._write("", "")

    # -- a statement ------------------------------------------------------------------------------------

    def run(
        self, cursor: Any, send: Callable[[], Any], statement: str, parameters: Any, *, outside: bool
    ) -> Kept | None:
        """Send a statement and note it, or give back what it came to before.

        :param outside: each statement commits by itself.
        :raises JournalMismatch: the script does not do what it did.
        """
        kind = kind_of(statement, self._dialect, self._temporary)
        if kind == "live":
            send()
            name = made_temporary(statement)
            if name is not None:
                self._temporary.add(name)
            return None
        item = _with(_item(statement, parameters), change=kind != "data", reads=self._reads)
        before = self._take(item)
        if before is not None:
            if kind == "session" or before.failed:
                send()
                return None
            return self._kept(before, statement)
        if outside and not self._server.needs_no_transaction(statement):
            return self._alone(cursor, send, item, statement)
        if outside or (kind != "data" and not self._transactional):
            self._committing(send, item, statement)
            return None
        return self._noted(cursor, send, item)

    def _noted(self, cursor: Any, send: Callable[[], Any], item: Item) -> Kept | None:
        try:
            send()
        except Exception:
            self._items.append(_with(item, failed=True))
            raise
        item, kept = _result(cursor, item)
        self._items.append(item)
        return kept

    def _committing(self, send: Callable[[], Any], item: Item, statement: str) -> None:
        """Send a statement that commits, with what precedes: so a row about both goes first."""
        fingerprint = self._server.fingerprint(self._connection, statement)
        segment = self._write(statement, fingerprint)
        self._server.end_foreign_transaction(self._connection)
        try:
            send()
        except Exception:
            self._open = segment
            self._items.append(_with(item, failed=True))
            raise

    def _alone(self, cursor: Any, send: Callable[[], Any], item: Item, statement: str) -> Kept | None:
        """Send a statement in a transaction of its own, together with its row."""
        self._server.begin_alone(self._connection)
        try:
            kept = self._noted(cursor, send, item)
            self._write("", "")
        except BaseException as error:
            self._items, self._there = [], self.exists
            if not self._connection.invalidated:
                self._connection.exec_driver_sql("ROLLBACK")
            if self._server.wants_no_transaction(error):
                self._committing(send, item, statement)
                return None
            raise
        self._connection.exec_driver_sql("COMMIT")
        return kept

    def _write(self, statement: str, fingerprint: str) -> Segment:
        if not self._there:
            self._table.create(self._connection)
            self._there = True
        if self._open is not None:
            self._table.settle(self._connection, self._open, done=False)
            self._open = None
        self._number += 1
        items = tuple(self._items)
        script = "" if self._written_here else self._text
        segment = Segment(self._revision, self._direction, self._number, script, items, statement, fingerprint)
        self._table.write(self._connection, segment)
        self._items = []
        self.used = self._written_here = True
        return segment

    # -- what was done before -----------------------------------------------------------------------------

    def _take(self, item: Item) -> Item | None:
        """Return what a statement came to before; None if all that was done before has been passed."""
        while self._next < len(self._before) and self._before[self._next].fact:
            self._next += 1
        if self._next >= len(self._before):
            return None
        expected = self._before[self._next]
        if (
            expected.failed
            and self._ahead(lambda each: each.text == expected.text and not each.failed) == self._next + 1
        ):
            self._next += 1  # it was tried again, and then was done
            expected = self._before[self._next]
        # other values than then, though nothing else was read: they are made up each time, as a random key is
        made_up = not self._edited and expected.reads == item.reads
        same = expected.text == item.text and (made_up or item.change or expected.parameters == item.parameters)
        found: int | None = self._next if same else None
        if found is None and not self._edited:  # what lies between was left out this time
            found = self._ahead(lambda each: (each.text, each.parameters) == (item.text, item.parameters))
            if found is None and made_up:
                found = self._ahead(lambda each: each.text == item.text)
        if found is None:
            self._differs(expected, f"'{item.said}' comes")
        assert found is not None
        self._refuse_left_out(self._before[self._next : found], f"'{item.said}' comes")
        self._next = found + 1
        return self._before[found]

    def _refuse_left_out(self, items: list[Item], instead: str) -> None:
        """Raise where the script leaves out what it did, though the database has told it nothing else.

        What changes more than rows may be left out all the same: the script may have looked on a connection of its own.
        """
        for each in items:
            told_so = not self._edited and (each.change or each.reads != self._reads)
            if not (each.fact or each.failed or told_so):
                self._differs(each, instead)

    def _ahead(self, test: Callable[[Item], bool]) -> int | None:
        rest = range(self._next, len(self._before))
        return next((each for each in rest if not self._before[each].fact and test(self._before[each])), None)

    def _differs(self, expected: Item, instead: str) -> None:
        edited = "was edited since" if self._edited else "does something else this time"
        raise JournalMismatch(
            f"Revision {self._revision} was interrupted, and its script {edited}: '{expected.said}' was done already, "
            f"and where it was, {instead}.",
            f"put the script back as it was up to there, what follows may be changed; or {HATCHES}",
            revision=self._revision,
            statement=expected.said,
        )

    def _kept(self, item: Item, statement: str) -> Kept:
        if item.lost:
            raise JournalMismatch(
                f"Revision {self._revision} was interrupted, and the rows that '{shortened(statement)}' returned "
                "could not be kept.",
                HATCHES,
                revision=self._revision,
                statement=statement,
            )
        rows = [tuple(plain(value) for value in row) for row in item.rows or ()]
        columns = (
            None
            if item.columns is None
            else [(name, code, None, None, None, None, None) for name, code in item.columns]
        )
        return Kept(item.rowcount, item.lastrowid, columns, rows)

    # -- what operations ask ------------------------------------------------------------------------------

    def answer(self, question: str, ask: Callable[[], Any]) -> Any:
        """Return what an operation wants to know of the database: as it was told before, as long as that goes."""
        rest = range(self._next, len(self._before))
        found = next((each for each in rest if self._before[each].fact and self._before[each].said == question), None)
        if found is not None:
            between = [each for each in self._before[self._next : found] if not each.fact]
            if not (between and self._edited):
                self._refuse_left_out(between, "the next operation comes")
                self._next = found + 1
                return _fact(self._before[found].rows)
        self._asking = True
        try:
            known = ask()
        finally:
            self._asking = False
        if self._transactional:
            objects = isinstance(known, tuple)
            rows = [[each.kind, each.name, each.table, each.sql] for each in known] if objects else [[known]]
            self._items.append(Item("", "objects" if objects else "", question, rows=rows, fact=True))
        return known

    def heard(self, rows: Any) -> None:
        """Know what the script has read."""
        if not self._asking:
            self._read = self._read or hashlib.blake2b(digest_size=6)
            self._read.update(repr(rows).encode("utf-8", "surrogatepass"))

    @property
    def _reads(self) -> str:
        return self._read.hexdigest() if self._read is not None else ""

    @property
    def _text(self) -> str:
        if self._script is None:
            self._script = self._source()
        return self._script


class RememberingCatalog:
    """A catalog whose answers are kept in the journal: what is done again is told what it was told before."""

    def __init__(self, catalog: Any, journal: Journal) -> None:
        self._catalog = catalog
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._catalog, name)

        def ask(*arguments: Any, **keywords: Any) -> Any:
            question = f"{name}{arguments!r}{keywords or ''}"
            return self._journal.answer(question, lambda: method(*arguments, **keywords))

        return ask


def _fact(rows: Any) -> Any:
    if rows and len(rows[0]) == 1 and not isinstance(rows[0][0], str):
        return rows[0][0]
    return tuple(StoredObject(*row) for row in rows)


def _item(statement: str, parameters: Any) -> Item:
    text = statement[beginning(statement) :]
    return Item(digest(text), digest(_brief(parameters)) if parameters else "", shortened(text))


def _brief(parameters: Any) -> str:
    """Return parameters as a text; a time is any time, for it is most often now."""
    if isinstance(parameters, dict):
        return repr({name: _brief(value) for name, value in parameters.items()})
    if isinstance(parameters, (list, tuple)):
        shown = [*parameters[:1], *parameters[-1:]] if len(parameters) > 20 else parameters
        return repr([len(parameters), *map(_brief, shown)])
    a_time = isinstance(parameters, (date, time)) or (isinstance(parameters, str) and A_TIME.match(parameters))
    return "a time" if a_time else repr(parameters)


def _with(item: Item, **changes: Any) -> Item:
    return Item(**{**vars(item), **changes})


def _result(cursor: Any, item: Item) -> tuple[Item, Kept | None]:
    """Return what a statement came to, to be kept; with rows also for the script, as they are fetched for that."""
    lastrowid = getattr(cursor, "lastrowid", None)
    key = lastrowid if isinstance(lastrowid, int) else None
    if cursor.description is None:
        return _with(item, rowcount=cursor.rowcount, lastrowid=key), None
    columns = cursor.description
    rows = list(cursor.fetchall())
    kept = kept_rows(rows)
    codes = [[str(each[0]), each[1] if isinstance(each[1], int) else None] for each in columns]
    noted = _with(item, rowcount=cursor.rowcount, lastrowid=key, rows=kept, columns=codes, lost=kept is None)
    return noted, Kept(cursor.rowcount, lastrowid, columns, rows)
