"""What cannot be in a transaction, or is used only after one, gets a step of its own."""

from __future__ import annotations

import pytest

from ..projects import Project

pytestmark = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)

VALID = "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = to_regclass('ix')"
CREATE = 'op.create_index("ix", "t_a", ["n"], unique=True, postgresql_concurrently=True)'


@pytest.mark.parametrize("together", [False, True], ids=["one each", "all together"])
def test_an_index_is_created_concurrently_outside_of_an_autocommit_block(project: Project, together: bool) -> None:
    project.table("a")
    project.script("b", "a", f'op.add_column("t_a", sa.Column("m", sa.Integer))\n{CREATE}', None)
    project.script("c", "b", 'op.execute("REINDEX INDEX CONCURRENTLY ix")\nop.execute("VACUUM t_a")')
    keywords = {"transaction_per_migration": not together}
    for _ in range(2):
        result = project.cli("upgrade", **keywords)
        assert result.code == 0, result.err
        assert project.query(VALID) == [(True, True)] and project.applied() == {"c"}
        assert project.cli("downgrade", "a", **keywords).code == 0
        assert project.query(VALID) == [] and project.applied() == {"a"}


def test_an_index_that_a_failed_attempt_left_invalid_is_dropped_and_built_again(project: Project) -> None:
    project.table("a")
    project.script("b", "a", CREATE, None)
    assert project.cli("upgrade", "a").code == 0
    project.send("INSERT INTO t_a VALUES (1, 1), (2, 1)")
    assert project.cli("upgrade").code == 1 and project.query(VALID) == [(False, True)]
    assert project.applied() == {"a"}
    project.send("DELETE FROM t_a WHERE id = 2")
    result = project.cli("upgrade")
    assert result.code == 0, result.err
    assert project.query(VALID) == [(True, True)] and project.applied() == {"b"}


def test_a_script_of_sql_ends_its_transaction_around_it(project: Project) -> None:
    project.script("a", None, f'{CREATE}\nwith op.get_context().autocommit_block():\n    op.execute("VACUUM t_a")')
    lines = [line for line in project.cli("upgrade", "--sql").out.splitlines() if line]
    place = next(place for place, line in enumerate(lines) if "CONCURRENTLY" in line)
    assert lines[place - 1] == "COMMIT;" and lines[place + 1] == "BEGIN;"
    assert lines.count("COMMIT;") == 3
