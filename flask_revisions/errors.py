"""Every error of the package: one tree under `RevisionsError`, facts as attributes, a hint for the cure."""

from __future__ import annotations

from collections.abc import Iterable

DONE = 0
ERROR = 1
USAGE = 2
PENDING = 3
DIFFERENT = 4
LOCKED = 5
SEVERAL_HEADS = 6
UNSAFE = 7
UNREACHABLE = 8
INTERRUPTED = 130
TERMINATED = 143


class RevisionsError(Exception):
    """What went wrong, for a person who wants to go on.

    :param message: one sentence that names the thing.
    :param hint: the next command to type, or what to change; may be empty.
    """

    exit_code = ERROR

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RevisionsError):
    """Arguments that do not go together."""

    exit_code = USAGE


class ConfigurationError(RevisionsError):
    """A setting, keyword or application that cannot be worked with."""


# -- the graph -------------------------------------------------------------------------------------


class GraphError(RevisionsError):
    """Revision files that make no graph.

    :param revisions: the ids involved.
    """

    def __init__(self, message: str, hint: str = "", *, revisions: Iterable[str] = ()) -> None:
        super().__init__(message, hint)
        self.revisions = tuple(revisions)


class DuplicateRevision(GraphError):
    """Two files with one id."""


class MissingParent(GraphError):
    """A revision that names a parent or dependency which does not exist."""


class CycleFound(GraphError):
    """Revisions that come after themselves."""


class DuplicateLabel(GraphError):
    """One branch label on two revisions."""


# -- identifiers -----------------------------------------------------------------------------------


class TargetError(RevisionsError):
    """An identifier that does not lead to the revisions that were meant.

    :param target: the identifier as it was given.
    """

    def __init__(self, message: str, hint: str = "", *, target: str = "") -> None:
        super().__init__(message, hint)
        self.target = target


class MalformedTarget(TargetError):
    """An identifier that the grammar does not know."""


class UnknownRevision(TargetError):
    """No revision, label or branch of that name."""


class AmbiguousRevision(TargetError):
    """The beginning of several ids.

    :param candidates: the ids that begin with it.
    """

    def __init__(self, message: str, hint: str = "", *, target: str = "", candidates: Iterable[str] = ()) -> None:
        super().__init__(message, hint, target=target)
        self.candidates = tuple(candidates)


class SeveralHeads(TargetError):
    """One revision was asked for and there are several.

    :param heads: their ids.
    """

    exit_code = SEVERAL_HEADS

    def __init__(self, message: str, hint: str = "", *, target: str = "", heads: Iterable[str] = ()) -> None:
        super().__init__(message, hint, target=target)
        self.heads = tuple(heads)


class StepsOutOfRange(TargetError):
    """A relative identifier such as `+5` that goes further than there are revisions."""


class NotAncestor(TargetError):
    """A range whose lower end is not below its upper end, or a way down that leads up."""


class OverlappingTargets(TargetError):
    """Several ends of a range, of which one is behind another."""


class RebaseRefused(GraphError):
    """A branch cannot be put after another one: a database has it, or others stand on it."""


# -- scripts and their folder ----------------------------------------------------------------------


class DirectoryError(RevisionsError):
    """The revisions folder is missing, unreadable, not writable or in the way.

    :param path: the folder or file.
    """

    def __init__(self, message: str, hint: str = "", *, path: str = "") -> None:
        super().__init__(message, hint)
        self.path = path


class ScriptError(RevisionsError):
    """A revision file that cannot be used.

    :param path: the file.
    :param revision: its id, where that is known.
    """

    def __init__(self, message: str, hint: str = "", *, path: str = "", revision: str = "") -> None:
        super().__init__(message, hint)
        self.path = path
        self.revision = revision


class HeaderError(ScriptError):
    """A file whose `revision`, `down_revision`, `branch_labels` or `depends_on` cannot be read."""


class ScriptInvalid(ScriptError):
    """A file whose `upgrade` or `downgrade` is missing or is no plain function."""


class ScriptFailed(ScriptError):
    """A script raised an error while it ran; nothing is recorded for it.

    :param line: the line of the file, from 1; 0 where it is not known.
    :param statement: the SQL that the database refused; empty if it was not the database.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        path: str = "",
        revision: str = "",
        line: int = 0,
        statement: str = "",
    ) -> None:
        super().__init__(message, hint, path=path, revision=revision)
        self.line = line
        self.statement = statement


class HookFailed(ScriptError):
    """A post-write hook ended with an error; the revision file is written."""


class EditorFailed(ScriptError):
    """No editor could be started, or it ended with an error."""


class InvalidRevisionId(ScriptError):
    """An id, label or message that a new revision cannot have."""


# -- operations ------------------------------------------------------------------------------------


class OperationError(RevisionsError):
    """An operation that cannot be carried out as it was written."""


class NotSupported(OperationError):
    """An operation that this database does not have."""


class NotKnowable(OperationError):
    """A script asked the database something while no database is connected (`--sql`)."""


class Irreversible(OperationError):
    """An operation, or a revision without `downgrade()`, that does not say how it is undone.

    :param operation: what cannot be undone, as a sentence: `execute UPDATE tools SET ...`.
    """

    def __init__(self, message: str, hint: str = "", *, operation: str = "") -> None:
        super().__init__(message, hint)
        self.operation = operation


class UnknownColumn(OperationError, KeyError):
    """An operation names a column that its table does not have.

    :param table: the table.
    """

    def __init__(self, message: str, hint: str = "", *, table: str = "") -> None:
        super().__init__(message, hint)
        self.table = table

    __str__ = Exception.__str__  # a KeyError's own puts the message in quotes


class UnknownConstraint(OperationError, ValueError):
    """An operation names a constraint or index that its table does not have.

    :param table: the table.
    """

    def __init__(self, message: str, hint: str = "", *, table: str = "") -> None:
        super().__init__(message, hint)
        self.table = table


class ValueInUse(OperationError):
    """A value of an enumeration is to go that rows or a default still have.

    :param value: that value.
    """

    exit_code = UNSAFE

    def __init__(self, message: str, hint: str = "", *, value: str = "") -> None:
        super().__init__(message, hint)
        self.value = value


class RebuildRefused(OperationError):
    """A SQLite table cannot be rebuilt without losing something that is named."""

    exit_code = UNSAFE


# -- databases -------------------------------------------------------------------------------------


class DatabaseError(RevisionsError):
    """The database is not in a state to go on from."""


class DatabaseUnreachable(DatabaseError):
    """No connection: server, port, password, database, driver or file."""

    exit_code = UNREACHABLE


class LockTimeout(DatabaseError):
    """Another run held the lock for longer than `REVISIONS_LOCK_TIMEOUT`; nothing was changed.

    :param holder: who held it, in words; empty where the database does not tell.
    """

    exit_code = LOCKED

    def __init__(self, message: str, hint: str = "", *, holder: str = "") -> None:
        super().__init__(message, hint)
        self.holder = holder


class TableBlocked(DatabaseError):
    """Another session kept a table for longer than `REVISIONS_TABLE_LOCK_PATIENCE`; the step was rolled back.

    :param blockers: who kept it, in words; empty where the database does not tell.
    :param statement: what needed it.
    """

    exit_code = LOCKED

    def __init__(self, message: str, hint: str = "", *, blockers: str = "", statement: str = "") -> None:
        super().__init__(message, hint)
        self.blockers = blockers
        self.statement = statement


class StatementTimeout(DatabaseError):
    """A statement took longer than `REVISIONS_STATEMENT_TIMEOUT`; the step was rolled back.

    :param statement: the statement.
    """

    exit_code = LOCKED

    def __init__(self, message: str, hint: str = "", *, statement: str = "") -> None:
        super().__init__(message, hint)
        self.statement = statement


class UnknownApplied(DatabaseError):
    """The version table names revisions that no file has.

    :param revisions: those ids.
    """

    def __init__(self, message: str, hint: str = "", *, revisions: Iterable[str] = ()) -> None:
        super().__init__(message, hint)
        self.revisions = tuple(revisions)


class FileGone(UnknownApplied):
    """What is to be taken back has no file here, and the log has kept the one that ran."""


class LateRevision(DatabaseError):
    """A revision comes before an applied one, and was never applied itself.

    :param revisions: the ids of all such revisions.
    """

    def __init__(self, message: str, hint: str = "", *, revisions: Iterable[str] = ()) -> None:
        super().__init__(message, hint)
        self.revisions = tuple(revisions)


class NotStored(DatabaseError):
    """The log has no file of a revision."""


class JournalMismatch(DatabaseError):
    """A revision was interrupted, and its script does not do any more what has been done of it.

    :param revision: its id.
    :param statement: what was done and does not come again.
    """

    exit_code = UNSAFE

    def __init__(self, message: str, hint: str = "", *, revision: str = "", statement: str = "") -> None:
        super().__init__(message, hint)
        self.revision = revision
        self.statement = statement


class StatementInDoubt(JournalMismatch):
    """A revision was interrupted in a statement, and nothing tells whether that was carried out."""


class Unfinished(DatabaseError):
    """A revision has been taken back half way, and an upgrade would leave it so.

    :param revision: its id.
    """

    def __init__(self, message: str, hint: str = "", *, revision: str = "") -> None:
        super().__init__(message, hint)
        self.revision = revision


class ForeignVersionTable(DatabaseError):
    """The configured version table is absent or empty, and another table looks like one.

    :param tables: the names of those tables.
    """

    def __init__(self, message: str, hint: str = "", *, tables: Iterable[str] = ()) -> None:
        super().__init__(message, hint)
        self.tables = tuple(tables)


class ProtectedDatabase(DatabaseError):
    """`REVISIONS_PROTECTED`: this needs a confirmation that names the database; nothing was changed.

    :param name: the name that confirms it.
    """

    exit_code = UNSAFE

    def __init__(self, message: str, hint: str = "", *, name: str = "") -> None:
        super().__init__(message, hint)
        self.name = name


class VersionConflict(DatabaseError):
    """A row of the version table was not there when it was to be changed; the step was rolled back."""


class TransactionEnded(DatabaseError):
    """A script ended the transaction of its step; nothing is recorded for it."""


class NotAtHead(DatabaseError):
    """`current --check-heads`: revisions are pending.

    :param heads: the heads that are not applied.
    """

    exit_code = PENDING

    def __init__(self, message: str, hint: str = "", *, heads: Iterable[str] = ()) -> None:
        super().__init__(message, hint)
        self.heads = tuple(heads)
