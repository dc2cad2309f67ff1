"""Scripts and helpers in a process where Alembic is loaded, is loaded later, or is not there at all."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.compat import alembic_modules
from flask_revisions.operations.executor import executing
from flask_revisions.scripts.imports import answering

ROOT = Path(__file__).parents[2]


@pytest.fixture
def real() -> Any:
    """The real Alembic, with no run of its own."""
    return pytest.importorskip("alembic", reason="the real Alembic is not installed")


@pytest.fixture
def helper(real: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A module that the application imported long before any run."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "helper_z.py").write_text(
        "from alembic import context, op\nfrom alembic.op import drop_table\n"
        "def work(): op.execute('SELECT 1'); drop_table('users')\n"
        "def ask(): return context.is_offline_mode(), context.get_x_argument(as_dictionary=True)\n"
        "def configured(): return context.config.get_main_option('legacy')\n"
    )
    import importlib

    yield importlib.import_module("helper_z")
    del sys.modules["helper_z"]


def test_a_helper_that_was_imported_before_reaches_the_run(project: Any, helper: Any) -> None:
    project.run("helper_z.work()", top="import helper_z")
    assert project.executor.said == ["execute SELECT 1", "drop table users"]
    assert project.run("return helper_z.ask()", top="import helper_z") == (False, {"tenant": "a"})
    assert project.run("return helper_z.configured()", top="import helper_z") == "12"


def test_afterwards_alembic_is_as_it_was(project: Any, real: Any, helper: Any) -> None:
    modules = [dict(vars(each)) for each in (real, real.op, real.context)]
    project.run("helper_z.work()", top="import helper_z")
    assert [dict(vars(each)) for each in (real, real.op, real.context)] == modules
    with pytest.raises(NameError):
        helper.work()


def test_a_script_gets_ours_and_the_process_keeps_alembics(project: Any, real: Any) -> None:
    found = project.run("return op, alembic.op", top="import alembic, alembic.op\nfrom alembic import op")
    assert found[0] is found[1] is alembic_modules()["alembic.op"]
    assert sys.modules["alembic.op"] is real.op is not found[0]


def test_a_run_inside_of_a_run_of_alembic_and_back(project: Any, helper: Any) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    with sa.create_engine("sqlite://").connect() as other:
        other.exec_driver_sql("CREATE TABLE users (id INTEGER)")
        with Operations.context(MigrationContext.configure(other)):
            project.run("helper_z.work()", top="import helper_z")
            assert sa.inspect(other).has_table("users") and project.executor.said[-1] == "drop table users"
            helper.work()
            assert not sa.inspect(other).has_table("users")


def test_runs_inside_of_runs_reach_each_its_own(project: Any, helper: Any, connection: sa.Connection) -> None:
    modules = alembic_modules()
    inner = type(project.executor)(connection, offline=True)
    with answering(modules, []), executing(project.executor):
        helper.work()
        with answering(modules, []), executing(inner):
            assert helper.ask()[0] is True
            helper.work()
        assert helper.ask()[0] is False
    assert project.executor.said == inner.said == ["execute SELECT 1", "drop table users"]


def test_a_thread_outside_of_the_run_does_not_reach_it(project: Any, helper: Any) -> None:
    caught: list[Exception] = []

    def work() -> None:
        try:
            helper.work()
        except Exception as error:
            caught.append(error)

    with answering(alembic_modules(), []), executing(project.executor):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert isinstance(caught[0], NameError) and project.executor.said == []


def test_a_directive_of_a_package_that_knows_alembic_alone(project: Any, real: Any) -> None:
    from alembic.operations import MigrateOperation, Operations

    @Operations.register_operation("create_thing")
    class CreateThing(MigrateOperation):
        def __init__(self, name: str) -> None:
            self.name = name

        @classmethod
        def create_thing(cls, operations: Any, name: str) -> Any:
            return operations.invoke(cls(name))

    @Operations.implementation_for(CreateThing)
    def create_thing(operations: Any, operation: CreateThing) -> Any:
        operations.execute(f"SELECT '{operation.name}'")
        return operations.get_bind()

    try:
        found = project.run("return op.create_thing('x')", top="from alembic import op")
    finally:
        del Operations.create_thing, real.op.create_thing
    assert found is project.executor.bind() and project.executor.said == ["execute SELECT 'x'"]


# -- in processes of their own -------------------------------------------------------------------------

START = """
import sys
sys.path[:0] = [{root!r}, {here!r}, {folder!r}]
from tests.compat.conftest import Noting, Project
import sqlalchemy as sa
from pathlib import Path
connection = sa.create_engine("sqlite://", poolclass=sa.StaticPool,
                              connect_args=dict(check_same_thread=False)).connect()
folder = Path({folder!r})
def project(name="p"):
    (folder / name).mkdir(exist_ok=True)
    return Project(folder / name, Noting(connection))
"""
ABSENT = """
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "alembic":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Block())
"""


@pytest.fixture
def process(tmp_path: Path) -> Callable[[str], str]:
    """Run code in a process of its own and return what it prints."""

    def run(code: str) -> str:
        start = START.format(root=str(ROOT), here=str(Path(__file__).parent), folder=str(tmp_path))
        command = [sys.executable, "-B", "-c", start + textwrap.dedent(code)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def test_without_alembic_scripts_and_their_helpers_run_and_others_fail_as_ever(
    process: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "helper_q.py").write_text("from alembic import op\ndef work(): op.drop_table('users')\n")
    code = """
        one = project()
        one.run("helper_q.work(); op.drop_table('pets')", top="from alembic import op; import helper_q")
        print(one.executor.said, [name for name in sys.modules if name.startswith("alembic")])
        try:
            import alembic
        except ModuleNotFoundError as error:
            print(error)
    """
    expected = "['drop table users', 'drop table pets'] []\nNo module named 'alembic'"
    assert process(ABSENT + textwrap.dedent(code)) == expected


def test_a_package_may_load_alembic_in_the_middle_of_a_run(
    real: Any, process: Callable[[str], str], tmp_path: Path
) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "package_q.py").write_text(
        "import sys\nwas = 'alembic' in sys.modules\n"
        "from alembic import op\ndef work(): op.drop_table('users'); return was, op.__spec__ is not None\n"
    )
    code = """
        sys.path.insert(0, str(folder / "site-packages"))
        one = project()
        print(one.run("return package_q.work()", top="import package_q"), one.executor.said)
        import alembic
        print("_proxy" in vars(alembic.op), "_proxy" in vars(alembic.context))
    """
    assert process(code) == "(False, True) ['drop table users']\nFalse False"


def test_threads_with_scripts_beside_one_that_imports_alembic(real: Any, process: Callable[[str], str]) -> None:
    code = """
        import threading
        problems, rounds, go = [], 40, threading.Barrier(3)

        def scripts(tag):
            one = project(tag)
            go.wait()
            for number in range(rounds):
                name = f"{tag}{number}"
                one.run(f"op.drop_table('{name}')\\nimport alembic.op as x\\nx.drop_table('{name}')",
                        top="from alembic import op")
                if one.executor.said[-2:] != [f"drop table {name}"] * 2:
                    problems.append(one.executor.said)

        def imports():
            go.wait()
            for _ in range(rounds):
                for name in [name for name in sys.modules if name.partition(".")[0] == "alembic"]:
                    del sys.modules[name]
                import alembic, alembic.operations
                if not hasattr(alembic.operations.Operations, "_to_impl"):
                    problems.append(alembic)

        threads = [threading.Thread(target=scripts, args=(tag,)) for tag in "ab"]
        threads.append(threading.Thread(target=imports))
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        import alembic.op
        same = sys.modules["alembic.op"] is alembic.op
        print(problems, same, "_proxy" in vars(alembic.op), threading.active_count())
    """
    assert process(code) == "[] True False 1"
