"""Files that are there completely or not at all, and the folder that `init` makes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from flask_revisions.errors import DirectoryError
from flask_revisions.scripts.directory import find_directory, find_files
from flask_revisions.scripts.files import init_directory, write_whole

ROOT = Path(__file__).parents[2]


def contents(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664), (0, 0o666)])
def test_the_umask_decides_who_may_read(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "a.py", b"x")
        init_directory(str(tmp_path / "m"))
    finally:
        os.umask(before)
    assert (tmp_path / "a.py").stat().st_mode & 0o777 == mode
    assert (tmp_path / "m" / "README").stat().st_mode & 0o777 == mode


def test_a_disk_that_is_full_leaves_nothing(tmp_path: Path) -> None:
    script = """
        import resource, signal, sys
        from pathlib import Path
        from flask_revisions.errors import DirectoryError
        from flask_revisions.scripts.files import write_whole
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_whole(Path(sys.argv[1]), b"x" * 5000)
        except DirectoryError as error:
            sys.exit(f"{error.message} {error.hint}")
    """
    command = [sys.executable, "-B", "-c", textwrap.dedent(script), str(tmp_path / "a.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "a.py cannot be written: File too large." in done.stderr and "free some space" in done.stderr
    assert contents(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DirectoryError, match=r"a\.py cannot be written: ") as caught:
        write_whole(tmp_path / "file" / "a.py", b"x")
    assert caught.value.path == str(tmp_path / "file" / "a.py")


def test_two_that_write_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from flask_revisions.errors import DirectoryError
        from flask_revisions.scripts.files import write_whole
        input()
        try:
            write_whole(Path(sys.argv[1]), sys.argv[2].encode() * 100)
        except DirectoryError:
            sys.exit(3)
    """
    commands = [[sys.executable, "-B", "-c", textwrap.dedent(script), str(tmp_path / "a.py"), each] for each in "abc"]
    processes = [subprocess.Popen(each, cwd=ROOT, stdin=subprocess.PIPE) for each in commands]
    for process in processes:
        process.communicate(b"\n")
    codes = [process.returncode for process in processes]
    winner = "abc"[codes.index(0)]
    assert sorted(codes) == [0, 3, 3]
    assert (tmp_path / "a.py").read_text() == winner * 100 and contents(tmp_path) == ["a.py"]


STEPS = ("open", "fsync", "link", "unlink")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_step_a_file_is_whole_or_not_there(tmp_path: Path, step: str, when: str) -> None:
    script = """
        import functools, os, signal, sys
        path, step, when = sys.argv[1:]
        original, armed = getattr(os, step), []

        def deadly(*args, **kwargs):
            if armed and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = original(*args, **kwargs)
            if armed:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        # before Python 3.11 pathlib keeps what it finds as it is imported; a partial is not bound to a class
        setattr(os, step, functools.partial(deadly))
        from pathlib import Path
        from flask_revisions.scripts.files import write_whole
        armed.append(True)
        write_whole(Path(path), b"revision = 'a1'\\ndown_revision = None\\n" + b"#" * 100_000)
    """
    path = tmp_path / "a1.py"
    command = [sys.executable, "-B", "-c", textwrap.dedent(script), str(path), step, when]
    done = subprocess.run(command, cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert find_files([str(tmp_path)]) in ((), (str(path),))
    if path.exists():
        assert path.stat().st_size > 100_000 and step in ("link", "unlink")


@pytest.mark.slow
def test_killed_at_random_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from flask_revisions.scripts.files import write_whole
        print("go", flush=True)
        for number in range(10_000):
            write_whole(Path(sys.argv[1]) / f"{number}.py", b"x" * 300_000)
    """
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        command = [sys.executable, "-B", "-c", textwrap.dedent(script), str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None and process.stdout.readline() == b"go\n"
        time.sleep(0.013 * number)
        process.kill()
        process.wait()
        sizes = {Path(each).stat().st_size for each in find_files([str(folder)])}
        assert sizes <= {300_000}


def test_ctrl_c_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.py", b"x")
    assert contents(tmp_path) == []


def test_what_a_killed_process_left_is_removed_later(tmp_path: Path) -> None:
    for name, age in ((".new-1.tmp", 7200), (".new-2.tmp", 10), (".other.tmp", 7200)):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    write_whole(tmp_path / "a.py", b"x")
    assert contents(tmp_path) == [".new-2.tmp", ".other.tmp", "a.py"]


def test_without_hard_links_a_file_is_renamed_and_still_not_replaced(tmp_path: Path, monkeypatch) -> None:
    def refuse(*args: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    write_whole(tmp_path / "a.py", b"x")
    with pytest.raises(DirectoryError, match="is there already"):
        write_whole(tmp_path / "a.py", b"y")
    assert (tmp_path / "a.py").read_bytes() == b"x" and contents(tmp_path) == ["a.py"]


# -- init ----------------------------------------------------------------------------------------------


def test_init_makes_versions_and_a_readme(tmp_path: Path) -> None:
    made = init_directory(str(tmp_path / "deep" / "m"))
    folder = tmp_path / "deep" / "m"
    assert made == tuple(str(each) for each in (folder, folder / "versions", folder / "README"))
    assert contents(folder) == ["README", "versions"]
    assert find_directory("deep/m", working_directory=str(tmp_path)).location == str(folder / "versions")


def test_init_can_make_packages(tmp_path: Path) -> None:
    init_directory(str(tmp_path / "m"), package=True)
    assert contents(tmp_path / "m") == ["README", "__init__.py", "versions", "versions/__init__.py"]


@pytest.mark.parametrize(
    "there",
    [[], ["versions/"], ["README"], [".new-1.tmp"], ["versions/", "README"], [".gitkeep", "__init__.py"]],
)
def test_init_finishes_what_was_interrupted(tmp_path: Path, there: list[str]) -> None:
    for each in there:
        (tmp_path / each).mkdir() if each.endswith("/") else (tmp_path / each).write_text("mine")
    made = init_directory(str(tmp_path))
    assert {"versions", "README"} <= set(contents(tmp_path))
    assert init_directory(str(tmp_path)) == () and len(made) == 2 - len({"versions/", "README"} & set(there))
    assert "README" not in there or (tmp_path / "README").read_text() == "mine"


def test_init_leaves_a_folder_of_another_tool_usable(tmp_path: Path) -> None:
    for each in ("alembic.ini", "env.py", "script.py.mako"):
        (tmp_path / each).write_text("mine")
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "a1.py").write_text("revision = 'a1'\ndown_revision = None\n")
    assert init_directory(str(tmp_path)) == (str(tmp_path / "README"),)
    assert (tmp_path / "env.py").read_text() == "mine"


def test_init_keeps_a_flat_folder_of_revisions_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a1.py").write_text("revision = 'a1'\ndown_revision = None\n")
    assert init_directory(str(tmp_path)) == () and contents(tmp_path) == ["a1.py"]


def test_init_refuses_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("")
    with pytest.raises(DirectoryError, match=r"holds something else: holiday\.jpg\.") as caught:
        init_directory(str(tmp_path))
    assert contents(tmp_path) == ["holiday.jpg"] and "init -d" in caught.value.hint


@pytest.mark.parametrize("make", ["file", "dangling", "versions"])
def test_init_refuses_a_file_in_its_place(tmp_path: Path, make: str) -> None:
    folder = tmp_path / "m"
    if make == "file":
        folder.write_text("")
    elif make == "dangling":
        folder.symlink_to(tmp_path / "gone")
    else:
        folder.mkdir()
        (folder / "versions").write_text("")
    with pytest.raises(DirectoryError) as caught:
        init_directory(str(folder))
    assert caught.value.hint and "Errno" not in caught.value.message
