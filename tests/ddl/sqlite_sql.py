"""What SQLite is sent for directives on tables of which only the stored texts are there."""

from __future__ import annotations

import types

from flask_revisions.catalog.facts import NoDatabase
from flask_revisions.ddl import ddl_for
from flask_revisions.ddl.actions import Sql
from flask_revisions.operations.catalog import StoredObject
from flask_revisions.operations.executor import Run, executing
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class Stored:
    """A catalog of texts."""

    def __init__(self, *texts, rows=False, enforced=False, legacy=False):
        self.rows, self.enforced, self.legacy = rows, enforced, legacy
        self.objects = tuple(self._object(*text.split()[1:3], text) for text in texts)

    def _object(self, kind, name, text):
        table = text.partition(" ON ")[2].split()[0] if kind in ("INDEX", "TRIGGER") else name
        return StoredObject(kind.lower(), name, table, text)

    def stored_objects(self, schema):
        return self.objects

    def foreign_keys_enforced(self):
        return self.enforced

    def legacy_alter_table(self):
        return self.legacy

    def has_rows(self, table, schema):
        return self.rows

    def finds(self, query):
        return False


def statements(function, catalog=None, *, version=None, naming_convention=None):
    """Return what a function of directives sends; without a catalog, with no database."""
    dialect = SQLiteDialect_pysqlite()
    if version is not None:
        dialect.dbapi = types.SimpleNamespace(sqlite_version_info=version, paramstyle="qmark")
    ddl = ddl_for(dialect, catalog or NoDatabase(), naming_convention or {})
    sent = []

    class Executor:
        run = Run()

        def __init__(self):
            self.dialect = dialect

        def invoke(self, operation):
            sent.extend(" ".join(a.text.split()) for a in ddl.actions(operation) if isinstance(a, Sql))

    with executing(Executor()):
        function()
    return sent
