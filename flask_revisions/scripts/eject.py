"""The way back: what Alembic and Flask-Migrate need in a folder, and imports of theirs in its scripts."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

DIRECTIVES = frozenset(
    [
        "add_column",
        "alter_column",
        "batch_alter_table",
        "bulk_insert",
        "create_check_constraint",
        "create_exclude_constraint",
        "create_foreign_key",
        "create_index",
        "create_primary_key",
        "create_table",
        "create_table_comment",
        "create_unique_constraint",
        "drop_column",
        "drop_constraint",
        "drop_index",
        "drop_table",
        "drop_table_comment",
        "execute",
        "f",
        "get_bind",
        "get_context",
        "implementation_for",
        "inline_literal",
        "invoke",
        "register_operation",
        "rename_table",
        "run_async",
    ]
)
"""What scripts can call with Alembic: https://alembic.sqlalchemy.org/en/latest/ops.html"""

OURS = "flask_revisions"
SHARED = ("op", "context")

ENVIRONMENT = '''"""Runs the revisions of this folder with Alembic. Written by 'flask db eject': change it."""

from alembic import context
from flask import current_app

migrate = current_app.extensions["migrate"]
metadata = migrate.db.metadatas[None] if hasattr(migrate.db, "metadatas") else migrate.db.metadata

OPTIONS = {options}
RUN_KWARGS = {run_kwargs}
NOT_OURS = {tables}


def include_name(name, type_, parent_names):
    """Leave the tables alone that flask-revisions has made for itself."""
    return type_ != "table" or name not in NOT_OURS


def leave_out_empty(migration_context, revision, directives):
    """Write no file where nothing has changed."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def run(**connection):
    options = {{
        "include_name": include_name,
        "process_revision_directives": leave_out_empty,
        **OPTIONS,
        **migrate.configure_args,
    }}
    context.configure(target_metadata=metadata, **connection, **options)
    with context.begin_transaction():
        context.run_migrations(**RUN_KWARGS)


if context.is_offline_mode():
    run(url=migrate.db.engine.url.render_as_string(hide_password=False), literal_binds=True)
else:
    with migrate.db.engine.connect() as connection:
        run(connection=connection)
'''

TEMPLATE = '''"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""
import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''


@dataclass(frozen=True)
class Surroundings:
    """What an environment for Alembic has to say.

    :param options: keywords of `context.configure()`.
    :param run_kwargs: keyword arguments of every `upgrade()` and `downgrade()`.
    :param tables: the names of our own tables.
    :param ini: keys of the section `[alembic]`.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    run_kwargs: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    ini: Mapping[str, str] = field(default_factory=dict)


def files_for_alembic(surroundings: Surroundings) -> dict[str, str]:
    """Return the files that the folder needs, by name, with their content."""
    keys = "".join(f"{key} = {value.replace('%', '%%')}\n" for key, value in surroundings.ini.items())
    return {
        "alembic.ini": f"[alembic]\n{keys}",
        "env.py": ENVIRONMENT.format(
            options=repr(dict(surroundings.options)),
            run_kwargs=repr(dict(surroundings.run_kwargs)),
            tables=repr(surroundings.tables),
        ),
        "script.py.mako": TEMPLATE,
    }


# -- scripts --------------------------------------------------------------------------------------------


def beyond_alembic(source: bytes) -> tuple[str, ...]:
    """Return what a script uses that Alembic does not have, as it is written there; each once."""
    tree = ast.parse(source)
    imported = [each for each in tree.body if _is_ours(each)]
    found = [f"from {OURS} import {name}" for each in imported for name in _strange_names(each)]
    operations = {"op", *_batch_names(tree)}
    if imported:
        found += [
            f"{name}.{attribute}" for name, attribute in _attributes(tree, operations) if attribute not in DIRECTIVES
        ]
        if not any(isinstance(each, ast.FunctionDef) and each.name == "downgrade" for each in tree.body):
            found.append("a downgrade() that is derived from upgrade()")
    found += _nameless_drops(tree, operations)
    return tuple(dict.fromkeys(found))


def with_alembic(source: bytes) -> bytes:
    """Return a script that imports from alembic what it imported from us; the same bytes if it did not."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    text = source.decode(encoding)
    lines = io.StringIO(text, newline="").readlines()
    for statement in ast.walk(ast.parse(source)):
        if _is_ours(statement):
            assert isinstance(statement, ast.ImportFrom)
            line = lines[statement.lineno - 1]
            place = line.index(OURS, statement.col_offset)
            lines[statement.lineno - 1] = line[:place] + "alembic" + line[place + len(OURS) :]
    return "".join(lines).encode(encoding)


def _is_ours(statement: ast.AST) -> bool:
    if isinstance(statement, ast.ImportFrom) and statement.module is not None:
        return statement.level == 0 and statement.module.split(".")[0] == OURS
    return isinstance(statement, ast.Import) and any(each.name.split(".")[0] == OURS for each in statement.names)


def _strange_names(statement: ast.stmt) -> Iterator[str]:
    assert isinstance(statement, (ast.Import, ast.ImportFrom))
    whole = isinstance(statement, ast.Import) or statement.module != OURS
    for each in statement.names:
        if whole or each.name not in SHARED or each.asname not in (None, each.name):
            yield each.name


def _batch_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that `with op.batch_alter_table(...) as name` gives."""
    for node in ast.walk(tree):
        if isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            function = getattr(node.context_expr, "func", None)
            if isinstance(function, ast.Attribute) and function.attr == "batch_alter_table":
                yield node.optional_vars.id


def _nameless_drops(tree: ast.Module, names: set[str]) -> Iterator[str]:
    """Yield the drops of constraints that have no name, which Alembic refuses."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function, first = node.func, node.args[0]
        if not isinstance(function, ast.Attribute) or function.attr != "drop_constraint":
            continue
        if isinstance(function.value, ast.Name) and function.value.id in names and _is_none(first):
            yield f"{function.value.id}.drop_constraint(None)"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _attributes(tree: ast.Module, names: set[str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            yield node.value.id, node.attr
