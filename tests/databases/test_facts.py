"""The facts that operations ask for, on each database and without one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions.catalog.facts import ConnectionCatalog, NoDatabase
from flask_revisions.errors import NotKnowable
from flask_revisions.operations.catalog import StoredObject


def test_a_table_has_rows_or_has_none(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    table = sa.Table("Odd %s :name", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    with engine.begin() as connection:
        catalog = ConnectionCatalog(connection)
        table.create(connection)
        assert catalog.has_rows(table.name, None) is False
        connection.execute(table.insert(), {"id": 1})
        assert catalog.has_rows(table.name, None) is True
        assert catalog.finds("SELECT 1 WHERE '%s' = '%s'") is True
        assert catalog.finds("SELECT 1 WHERE 1 = 2") is False
        table.drop(connection)


def test_what_only_sqlite_has_is_nothing_elsewhere(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        catalog = ConnectionCatalog(connection)
        assert catalog.stored_objects(None) == ()
        assert catalog.foreign_keys_enforced() is False
        assert catalog.legacy_alter_table() is False


def test_sqlite_tells_what_it_has_stored():
    with sa.create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a UNIQUE)")
        connection.exec_driver_sql("ATTACH ':memory:' AS \"o o\"")
        connection.exec_driver_sql('CREATE VIEW "o o".v AS SELECT 1')
        for pragma in ("foreign_keys", "legacy_alter_table"):
            connection.exec_driver_sql(f"PRAGMA {pragma}=ON")
        catalog = ConnectionCatalog(connection)
        assert catalog.stored_objects(None) == (
            StoredObject("table", "t", "t", "CREATE TABLE t (a UNIQUE)"),
            StoredObject("index", "sqlite_autoindex_t_1", "t", None),
        )
        assert catalog.stored_objects("o o") == (StoredObject("view", "v", "v", "CREATE VIEW v AS SELECT 1"),)
        assert catalog.foreign_keys_enforced() is True
        assert catalog.legacy_alter_table() is True


@pytest.mark.parametrize(
    "question",
    [
        lambda catalog: catalog.stored_objects(None),
        lambda catalog: catalog.foreign_keys_enforced(),
        lambda catalog: catalog.legacy_alter_table(),
        lambda catalog: catalog.has_rows("t", None),
        lambda catalog: catalog.finds("SELECT 1"),
    ],
)
def test_without_a_database_nothing_is_known(question):
    with pytest.raises(NotKnowable) as found:
        question(NoDatabase())
    assert "--sql" in found.value.hint
