"""Terminals, pipes that nobody reads, streams that are closed or take ASCII only, and Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

import pytest

from ..projects import Project
from .errors import two_lines

if sys.platform == "win32":
    pytest.skip("pseudo terminals and signals of POSIX", allow_module_level=True)

import fcntl
import pty
import struct
import termios

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
YELLOW = "\x1b[33m{}\x1b[0m"


def on_a_terminal(project: Project, *arguments: str, columns: int = 80, **environment: str) -> str:
    """Return what the real command shows on a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    project.write_app()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "db", *arguments],
        cwd=project.folder,
        env={key: value for key, value in project.environment(**environment).items() if key != "COLUMNS"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b"".join(read(ours)).decode()
    process.wait(60)
    os.close(ours)
    return shown.replace("\r\n", "\n")


def test_a_revision_is_shown_with_its_file_on_a_terminal_and_without_in_a_pipe(pair: Project) -> None:
    shown = on_a_terminal(pair, "show", "aaaa1111")
    assert "down_revision = None" in ESCAPE.sub("", shown) and ESCAPE.search(shown.partition("down_revision")[0])
    assert "def upgrade" not in pair.cli("show", "aaaa1111").out
    assert "def upgrade" in pair.cli("show", "aaaa1111", "--source").out
    assert "def upgrade" not in on_a_terminal(pair, "show", "aaaa1111", "--no-source")


def read(descriptor: int) -> Iterable[bytes]:
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # Linux: the other end is closed
            return
        if not part:
            return
        yield part


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    """Wait until a word is printed."""
    assert process.stdout is not None
    assert any(word in line for line in process.stdout), process.communicate()


def test_ids_are_highlighted_on_a_terminal_and_plain_in_a_pipe(pair: Project) -> None:
    for command in ("heads", "history", "show", "upgrade", "upgrade", "current"):
        shown = on_a_terminal(pair, command)
        assert YELLOW.format("bbbb2222") in shown, command
        assert command != "heads" or "\x1b[32m (head)\x1b[0m" in shown
    for command in ("heads", "history", "show", "upgrade", "current"):
        assert "\x1b" not in pair.flask(command).out


def test_errors_are_coloured_on_a_terminal(pair: Project) -> None:
    shown = on_a_terminal(pair, "upgrade", "nosuch")
    assert "\x1b[31m\x1b[1mError:\x1b[0m There is no revision 'nosuch'" in shown
    assert "\x1b[36m\x1b[1mHint:\x1b[0m " in shown


def test_no_colour_where_none_is_wanted(pair: Project) -> None:
    assert on_a_terminal(pair, "heads", NO_COLOR="1") == "bbbb2222 (head)\n"


def test_progress_on_a_terminal_is_one_line_for_each_revision(pair: Project) -> None:
    lines = ESCAPE.sub("", on_a_terminal(pair, "upgrade")).splitlines()
    assert re.fullmatch(r"  1/2 \+ aaaa1111  create users \.\.\. \d+\.\d\d s", lines[0])
    assert re.fullmatch(r"  2/2 \+ bbbb2222  create orders \.\.\. \d+\.\d\d s", lines[1])
    assert re.fullmatch(r"2 revisions applied in \d+\.\d\d s; sqlite .* is at bbbb2222 \(head\)\.", lines[2])


def test_messages_are_cut_where_a_terminal_ends(project: Project) -> None:
    project.table("aaaa1111", message="a very long message " * 20)
    project.table("bbbb2222", "aaaa1111", message="你好" * 60)
    for command in ("history", "upgrade"):
        for line in ESCAPE.sub("", on_a_terminal(project, command, columns=60)).splitlines()[:2]:
            assert "…" in line and len(line) + len(re.findall("[你好]", line)) <= 60, line
    narrow = ESCAPE.sub("", on_a_terminal(project, "history", columns=10)).splitlines()
    assert all("…" in line and len(line) > 30 for line in narrow), "a few words stay readable"
    assert "a very long message " * 19 in project.flask("history").out, "in a pipe nothing is cut"


def test_a_reader_that_goes_away_ends_history_without_a_word(project: Project) -> None:
    project.table("r0000", message="x" * 1000)
    for number in range(1, 300):
        project.table(f"r{number:04}", f"r{number - 1:04}", message="x" * 1000)
    process = project.start("history")
    assert process.stdout is not None and process.stderr is not None
    assert "r0299" in process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == "" and process.wait(60) in (0, 1)


def test_a_reader_that_goes_away_does_not_stop_an_upgrade(project: Project) -> None:
    project.table("r0")
    for number in range(1, 9):
        project.script(f"r{number}", f"r{number - 1}", "import time\ntime.sleep(0.05)")
    process = project.start("upgrade")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert (process.stderr.read(), process.wait(60)) == ("", 0)
    assert project.applied() == {"r8"}
    for command in ("upgrade", "stamp", "downgrade"):
        process = project.start(command)
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(60)) == ("", 0), command


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-", "> /dev/full"])
def test_streams_that_are_closed_or_full(pair: Project, closed: str) -> None:
    pair.write_app()
    command = f"exec {sys.executable} -m flask db upgrade {closed}"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=pair.folder,
        env=pair.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert pair.applied() == {"bbbb2222"}


def test_a_stream_that_cannot_take_every_character(project: Project) -> None:
    project.table("aaaa1111", message="你好")
    for command in ("history", "upgrade", "show"):
        result = project.flask(command, PYTHONIOENCODING="latin-1")
        assert "\\u4f60\\u597d" in result.out and result.err == ""
    assert project.applied() == {"aaaa1111"}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupt_leaves_a_whole_number_of_revisions(project: Project, name: str) -> None:
    project.table("aaaa1111")
    project.script(
        "bbbb2222",
        "aaaa1111",
        "op.execute('INSERT INTO t_aaaa1111 VALUES (1, 1)')\nimport time\ntime.sleep(60)",
    )
    process = project.start("upgrade")
    wait_for(process, "bbbb2222")
    time.sleep(0.3)
    process.send_signal(signal.Signals[name])
    _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.Signals[name]
    assert err.splitlines() == [
        "Error: Interrupted, in bbbb2222 (2 of 2); the database is at aaaa1111.",
        "Hint: what was finished stays; run the command again to go on.",
    ]
    assert project.applied() == {"aaaa1111"} and project.query("SELECT * FROM t_aaaa1111") == []
    assert project.cli("downgrade").code == 0


def test_an_interrupt_while_the_application_is_made(pair: Project) -> None:
    (pair.folder / "app.py").write_text("import time, os\nopen('begun', 'w').close()\ntime.sleep(60)\n")
    process = pair.start("upgrade")
    while not (pair.folder / "begun").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and err.startswith("Error: Interrupted.\nHint: ")


def test_an_interrupt_while_another_run_is_waited_for(pair: Project) -> None:
    pair.script("cccc3333", "bbbb2222", "import time\ntime.sleep(60)")
    first = pair.start("upgrade")
    wait_for(first, "cccc3333")
    second = pair.start("upgrade")
    assert second.stderr is not None and second.stderr.readline().startswith("Waiting for ")
    second.send_signal(signal.SIGINT)
    _, err = second.communicate(timeout=30)
    assert second.returncode == 130 and "Error: Interrupted, and nothing was changed." in err
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=30)
    two_lines(pair.cli("upgrade", "nosuch"), 1)
    assert first.returncode == 130 and pair.applied() == {"bbbb2222"}
