"""Scripts that do to the process what a script should not: children, streams, the working directory."""

from __future__ import annotations

import pytest

from ..cli.errors import two_lines
from ..projects import Project
from ..servers import about_plain_drivers

CHILDREN = {
    "returns": ("return", 0),
    "sys.exit(3)": ("import sys; sys.exit(3)", 3),
    "sys.exit('text')": ("import sys; sys.exit('text')", 1),
    "raises": ("raise ValueError('in the child')", 1),
}
FORKS = """
import os
op.execute("INSERT INTO t_a1 (id) VALUES (1)")
child = os.fork()
if child == 0:
    {0}
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == {1}
op.execute("INSERT INTO t_a1 (id) VALUES (2)")
"""


@about_plain_drivers
@pytest.mark.parametrize("way", CHILDREN)
def test_a_child_that_leaves_the_script_does_not_touch_the_run_of_its_parent(project: Project, way: str) -> None:
    project.table("a1")
    project.script("b2", "a1", FORKS.format(*CHILDREN[way]))
    project.table("c3", "b2")
    result = project.flask("upgrade")
    assert project.applied() == {"c3"} and project.query("SELECT count(*) FROM t_a1") == [(2,)]
    assert project.query("SELECT count(*) FROM revision_log") == [(3,)] and project.journal() == []
    assert [result.out.count(f"+ {id}") for id in ("a1", "b2", "c3")] == [1, 1, 1]
    assert ("in the child" in result.err) == (way == "raises")


CLOSED = {
    "standard output": "sys.stdout.close()",
    "standard error": "sys.stderr.close()",
    "both": "sys.stdout.close(); sys.stderr.close()",
    "all descriptors": "os.close(0); os.close(1); os.close(2)",
    "none": "sys.stdout = sys.stderr = None",
}


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("what", CLOSED)
def test_a_script_that_closes_streams_does_not_end_the_run(project: Project, what: str) -> None:
    project.script("a1", None, f"import os, sys\n{CLOSED[what]}")
    project.table("b2", "a1")
    assert project.flask("upgrade").err == ""
    assert project.applied() == {"b2"}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_error_is_told_where_the_working_directory_is_gone(project: Project) -> None:
    gone = "import os, tempfile\nfolder = tempfile.mkdtemp()\nos.chdir(folder)\nos.rmdir(folder)\n"
    project.script("a1", None, f"{gone}raise ValueError('the reason')")
    message, _ = two_lines(project.flask("upgrade", check=False), 1)
    assert "a1.py" in message and "ValueError: the reason" in message


SHARED = """
number = sa.Column("n", sa.Integer, nullable=False)
kind = sa.Column("kind", sa.Enum("a", "b", name="kind_of"))
for name in ("one", "two"):
    table = op.create_table(name, sa.Column("id", sa.Integer, primary_key=True), number, kind)
    op.bulk_insert(table, [{"id": 1, "n": 7, "kind": "b"}])
"""


def test_a_column_that_a_script_uses_twice_is_in_both_tables(project: Project, kind: str) -> None:
    project.script("a1", None, SHARED)
    project.revisions().upgrade()
    for name in ("one", "two"):
        assert project.query(f"SELECT id, n, kind FROM {name}") == [(1, 7, "b")]
