"""`process_revision_directives`, `Rewriter` and `render_item`: what projects of Alembic have written works."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.compat.directives import Rewriter

from ..projects import Project
from .models import Author, both, done, table

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"], indirect=True)


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def named(name: str) -> Any:
    return lambda: sa.Column(name, sa.String(20))


BEFORE = table("t", key)
AFTER = both(table("t", key, named("b")), table("u", key, named("z"), named("a")))


def begun(project: Project) -> Author:
    author = Author(project)
    author.begin(BEFORE)
    return author


@KINDS
def test_an_emptied_list_writes_no_file(project: Project) -> None:
    def empty(context: Any, revision: Any, directives: list[Any]) -> None:
        assert context.dialect.name == project.engine.dialect.name and len(revision) == 1
        assert not directives[0].upgrade_ops.is_empty()
        directives[:] = []

    author = begun(project)
    result = done(author.run(AFTER, "migrate", process_revision_directives=empty))
    assert "left nothing of them" in result.err and len([*project.versions.glob("*.py")]) == 1


@KINDS
def test_the_hook_of_flask_migrate_sees_that_nothing_is_different(project: Project) -> None:
    seen: list[bool] = []

    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        seen.append(directives[0].upgrade_ops.is_empty())

    author = begun(project)
    assert "Nothing is different" in done(author.run(BEFORE, "migrate", process_revision_directives=hook)).err
    assert seen == [True]


@KINDS
@pytest.mark.parametrize("batch", [True, False])
def test_attributes_can_be_set_and_operations_taken_away(project: Project, batch: bool) -> None:
    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        [script] = directives
        script.rev_id, script.message = "0002", "second"
        script.imports.add("import decimal")
        script.upgrade_ops.ops = [each for each in script.upgrade_ops.ops if getattr(each, "table_name", "") != "u"]
        script.downgrade_ops.ops = [each for each in script.downgrade_ops.ops if getattr(each, "table_name", "") != "u"]

    author = begun(project)
    text = author.migrate(AFTER, process_revision_directives=hook, render_as_batch=batch)
    assert 'revision: str = "0002"' in text and text.startswith('"""second') and "import decimal" in text
    assert '"u"' not in text and "add_column(" in text and ("batch_alter_table" in text) is batch
    author.assert_same(table("t", key, named("b")))


@KINDS
def test_classes_of_alembic_and_its_rewriter_are_known(project: Project) -> None:
    pytest.importorskip("alembic")
    from alembic.autogenerate.rewriter import Rewriter as Alembics
    from alembic.operations import ops

    writer = Alembics()

    @writer.rewrites(ops.CreateTableOp)
    def sorted_columns(context: Any, revision: Any, op: Any) -> Any:
        columns = sorted((each for each in op.columns if isinstance(each, sa.Column)), key=lambda each: each.name)
        rest = [each for each in op.columns if not isinstance(each, sa.Column)]
        return ops.CreateTableOp(op.table_name, [*columns, *rest], schema=op.schema, **op.kw)

    @writer.rewrites(ops.AddColumnOp)
    def with_statement(context: Any, revision: Any, op: Any) -> Any:
        assert isinstance(op, ops.AddColumnOp) and op.column.name == "b"
        return [op, ops.AlterColumnOp(op.table_name, "b", modify_nullable=False, existing_type=op.column.type)]

    def statement(context: Any, revision: Any, directives: list[Any]) -> None:
        assert isinstance(directives[0], ops.MigrationScript)
        directives[0].upgrade_ops.ops.insert(0, ops.ExecuteSQLOp("DELETE FROM t"))

    author = begun(project)
    text = author.migrate(AFTER, process_revision_directives=writer.chain(statement))
    assert 'op.execute("DELETE FROM t")' in text and "nullable=False" in text
    columns = [each["name"] for each in sa.inspect(project.engine).get_columns("u")]
    assert columns == ["a", "id", "z"]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_keywords_of_alembics_own_objects_are_kept(project: Project) -> None:
    ops = pytest.importorskip("alembic.operations.ops")

    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        dropped = ops.DropIndexOp("ix", "t", postgresql_concurrently=True, if_exists=True)
        directives[0].upgrade_ops.ops += [dropped, ops.DropColumnOp("t", "b", mssql_drop_check=True)]
        directives[0].downgrade_ops.ops += [ops.DropTableOp("v", if_exists=True)]

    shown = done(begun(project).run(AFTER, "migrate", "--dry-run", process_revision_directives=hook)).out
    assert "postgresql_concurrently=True" in shown and "if_exists=True" in shown and "mssql_drop_check=True" in shown
    assert 'op.drop_table("v", if_exists=True)' in shown


@KINDS
def test_a_rewriter_without_alembic(project: Project) -> None:
    writer = Rewriter()

    @writer.rewrites("CreateTableOp", "DropTableOp")
    def nothing(context: Any, revision: Any, op: Any) -> list[Any]:
        return []

    author = begun(project)
    text = author.migrate(AFTER, process_revision_directives=writer)
    assert "table(" not in text.replace("batch_alter_table(", "")
    author.assert_same(table("t", key, named("b")))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_not_known_is_refused_by_name(project: Project) -> None:
    class Strange:
        pass

    def strange(context: Any, revision: Any, directives: list[Any]) -> None:
        directives[0].upgrade_ops.ops.append(Strange())

    def broken(context: Any, revision: Any, directives: list[Any]) -> None:
        raise KeyError("x")

    author = begun(project)
    refused = author.run(AFTER, "migrate", process_revision_directives=strange)
    assert refused.code == 1 and "A hook has put a Strange into the revision" in refused.err
    refused = author.run(AFTER, "migrate", process_revision_directives=broken)
    assert refused.code == 1 and "process_revision_directives=broken fails: KeyError" in refused.err


@KINDS
def test_render_item_writes_leaves_out_and_imports(project: Project) -> None:
    def render_item(kind: str, item: Any, context: Any) -> Any:
        if kind == "type" and isinstance(item, sa.String):
            context.imports.add("from sqlalchemy import String as Text20")
            return f"Text20({item.length})"
        if kind == "column" and item.name == "z":
            return None
        return False

    author = begun(project)
    text = author.migrate(AFTER, render_item=render_item)
    assert "from sqlalchemy import String as Text20" in text and "Text20(20)" in text and '"z"' not in text
