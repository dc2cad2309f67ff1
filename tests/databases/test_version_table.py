"""The table that says what is applied: any name and shape that exists, and a clear word where it is none."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions.errors import DatabaseError, ForeignVersionTable, UnknownApplied

from ..projects import Project
from ..servers import about_drivers

LONG = "c" * 40


def columns(project: Project, table: str = "alembic_version") -> list[tuple[str, str]]:
    found = sa.inspect(project.engine).get_columns(table)
    return [(each["name"], str(each["type"]).split(" COLLATE")[0]) for each in found]


def test_a_fresh_one_has_room_for_long_ids(project: Project, kind: str) -> None:
    project.table("a1")
    project.script(LONG, "a1")
    project.revisions().upgrade()
    assert columns(project) == [("version_num", "VARCHAR(255)")] and project.applied() == {LONG}
    key = sa.inspect(project.engine).get_pk_constraint("alembic_version")
    assert key["constrained_columns"] == ["version_num"]
    assert key["name"] == (None if kind == "mariadb" else "alembic_version_pkc"), "MariaDB has no names for them"


def test_another_name_without_a_key(project: Project) -> None:
    project.table("a1")
    project.revisions(version_table="My Version%s", version_table_pk=False).upgrade()
    table = sa.table("My Version%s", sa.column("version_num"))
    with project.engine.connect() as connection:
        assert connection.execute(sa.select(table)).all() == [("a1",)]
    assert sa.inspect(project.engine).get_pk_constraint("My Version%s")["constrained_columns"] == []
    assert project.revisions(version_table="My Version%s").downgrade("base") != ()


def test_a_schema_of_its_own(project: Project, kind: str) -> None:
    if kind == "sqlite":
        pytest.skip("schemas are other files there")
    schema = project.engine.url.database + "_x"
    project.table("a1")
    revisions = project.revisions(version_table_schema=schema)
    with pytest.raises(DatabaseError, match=f"The schema '{schema}' of the version table does not exist"):
        revisions.upgrade()
    assert project.tables() == set()
    project.send(f"CREATE SCHEMA {schema}")
    try:
        revisions.upgrade()
        assert project.applied(f"{schema}.alembic_version") == {"a1"} and revisions.current().applied == ("a1",)
        assert not sa.inspect(project.engine).has_table("alembic_version")
        revisions.downgrade("base")
        assert project.applied(f"{schema}.alembic_version") == set()
    finally:
        project.send(f"DROP SCHEMA {schema}" + (" CASCADE" if kind == "postgresql" else ""))


def test_several_rows_come_and_go(project: Project) -> None:
    for id, down in (("a1", None), ("b1", None), ("a2", "a1"), ("m3", ("a2", "b1"))):
        project.table(id, down)
    revisions = project.revisions()
    revisions.upgrade("a2")
    revisions.upgrade("b1")
    assert project.applied() == {"a2", "b1"}
    revisions.upgrade("heads")
    assert project.applied() == {"m3"}
    revisions.downgrade("a1")
    assert project.applied() == {"a1", "b1"}
    revisions.downgrade("base")
    assert project.applied() == set() and project.tables() == set()


OLD = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


def test_a_narrow_one_is_widened_before_a_long_id_is_written(project: Project, kind: str) -> None:
    project.table("a1")
    project.send(OLD)
    project.revisions().upgrade()
    assert columns(project) == [("version_num", "VARCHAR(32)")], "not before it is needed"
    project.script(LONG, "a1", "raise ValueError('no')")
    with pytest.raises(Exception, match="ValueError: no"):
        project.revisions().upgrade()
    assert project.applied() == {"a1"}
    project.table(LONG, "a1")
    project.revisions().upgrade()
    assert project.applied() == {LONG} and f"t_{LONG}" in project.tables()
    assert columns(project) == [("version_num", "VARCHAR(32)" if kind == "sqlite" else "VARCHAR(255)")]
    assert sa.inspect(project.engine).get_pk_constraint("alembic_version")["constrained_columns"] == ["version_num"]


def test_an_id_that_no_column_takes_is_refused_before_anything_runs(project: Project, kind: str) -> None:
    project.table("a1")
    project.versions.joinpath("long.py").write_text(
        project.script("b2", "a1", 'op.create_table("t_b2", sa.Column("id", sa.Integer))')
        .read_text()
        .replace("'b2'", repr("b" * 300))
    )
    (project.versions / "b2.py").unlink()
    if kind == "sqlite":
        assert len(project.revisions().upgrade()) == 2
    else:
        with pytest.raises(DatabaseError, match="has 300 characters, and the table alembic_version takes 255"):
            project.revisions().upgrade()
        assert project.tables() == set()


def test_another_table_that_looks_like_one(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    project.send("CREATE TABLE their_version (version_num VARCHAR(32))", "INSERT INTO their_version VALUES ('x')")
    project.table("a1")
    revisions = project.revisions()
    for action in (revisions.upgrade, lambda: revisions.downgrade("base"), lambda: revisions.stamp("head")):
        with pytest.raises(ForeignVersionTable, match="but there is 'their_version', which looks like one") as caught:
            action()
        assert "REVISIONS_VERSION_TABLE = 'their_version'" in caught.value.hint
    assert revisions.current().applied == () and "their_version" in caplog.text
    assert project.tables() == {"their_version"}
    assert project.revisions({"REVISIONS_VERSION_TABLE": "alembic_version"}).upgrade() != ()
    assert revisions.downgrade("base") != (), "with rows of its own there is no doubt"


def test_a_view_that_looks_like_one_is_none(project: Project) -> None:
    project.send("CREATE TABLE x (version_num VARCHAR(32), n INTEGER)", "CREATE VIEW v AS SELECT version_num FROM x")
    project.table("a1")
    assert len(project.revisions().upgrade()) == 1


def test_a_view_in_its_place(project: Project) -> None:
    project.send(
        "CREATE TABLE x (version_num VARCHAR(32), n INTEGER)",
        "CREATE VIEW alembic_version AS SELECT version_num FROM x",
    )
    project.table("a1")
    with pytest.raises(DatabaseError, match="The version table alembic_version is a view"):
        project.revisions(version_table="alembic_version").upgrade()
    assert project.tables() == {"x"}


def test_a_table_of_something_else_in_its_place(project: Project) -> None:
    project.send("CREATE TABLE alembic_version (id INTEGER)", "INSERT INTO alembic_version VALUES (1)")
    project.table("a1")
    revisions = project.revisions()
    for action in (revisions.upgrade, revisions.current, lambda: revisions.stamp("head", purge=True)):
        with pytest.raises(DatabaseError, match="alembic_version has no column version_num"):
            action()
    assert project.query("SELECT id FROM alembic_version") == [(1,)] and project.tables() == set()


@about_drivers
@pytest.mark.parametrize(("kind", "type_"), [("postgresql", "BYTEA"), ("mariadb", "VARBINARY(32)"), ("sqlite", "BLOB")])
def test_a_driver_that_gives_bytes(project: Project, kind: str, type_: str) -> None:
    value = "X'6131'" if kind != "postgresql" else "'\\x6131'"
    project.send(f"CREATE TABLE alembic_version (version_num {type_})", f"INSERT INTO alembic_version VALUES ({value})")
    project.table("a1")
    with pytest.raises(DatabaseError, match=r"gives b'a1' where the id of a revision was expected, a text"):
        project.revisions().upgrade()


def test_rows_that_no_file_knows_are_refused(project: Project) -> None:
    project.table("a1")
    project.revisions().upgrade()
    project.send("INSERT INTO alembic_version VALUES ('nosuch')")
    revisions = project.revisions()
    for action in (revisions.upgrade, lambda: revisions.downgrade("base"), lambda: revisions.stamp("head")):
        with pytest.raises(UnknownApplied, match="'nosuch'"):
            action()
    assert revisions.current().unknown == ("nosuch",)
    assert project.applied() == {"a1", "nosuch"}
    revisions.stamp("a1", purge=True)
    assert project.applied() == {"a1"}


def test_who_only_reads_creates_nothing(project: Project, kind: str) -> None:
    project.table("a1")
    revisions = project.revisions()
    assert revisions.current().pending == ("a1",) and revisions.history() and revisions.show("+1")
    assert revisions.heads() and revisions.needs_upgrade() and revisions.sql("upgrade")
    assert revisions.downgrade("base") == () and revisions.stamp("base") == () and revisions.upgrade("base") == ()
    if kind == "sqlite":
        assert [path.name for path in project.folder.parent.iterdir()] == ["project"]
    assert sa.inspect(project.engine).get_table_names() == []


def test_without_the_right_to_write_nothing_runs_for_nothing(project: Project, kind: str) -> None:
    if kind != "postgresql":
        pytest.skip("one server is enough")
    role = project.engine.url.database
    project.table("a1")
    project.revisions().upgrade()
    project.table("b2", "a1")
    project.send(
        f"CREATE ROLE {role} LOGIN",
        f"GRANT ALL ON SCHEMA public TO {role}",
        f"GRANT SELECT ON alembic_version, revision_log TO {role}",
    )
    try:
        other = Project(project.folder, project.engine.url.set(username=role).render_as_string(False))
        with pytest.raises(DatabaseError, match="permission denied for table alembic_version") as caught:
            other.revisions().upgrade()
        assert "rights" in caught.value.hint and project.tables() == {"t_a1"}
        other.close()
    finally:
        project.send(f"DROP OWNED BY {role}", f"DROP ROLE {role}")
