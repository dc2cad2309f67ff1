"""What each command prints: results for people and for scripts, and a word where there are none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..projects import Project

# -- where is the database, what is the newest -----------------------------------------------------


def test_the_first_word_of_each_line_is_the_id(pair: Project) -> None:
    pair.table("cccc3333", "aaaa1111", labels=("reports",))
    pair.cli("upgrade", "bbbb2222")
    assert pair.cli("current").out == "bbbb2222 (head)\n"
    assert pair.cli("heads").out == "bbbb2222 (head)\ncccc3333 (reports) (head)\n"
    pair.cli("upgrade", "heads")
    pair.cli("downgrade", "bbbb2222@-1")
    assert pair.cli("current").out == "cccc3333 (reports) (head)\n"
    pair.cli("downgrade", "base")
    assert pair.cli("current").out == ""


def test_a_head_that_others_depend_on(pair: Project) -> None:
    pair.table("cccc3333", None, labels=("reports",), depends="bbbb2222")
    assert pair.cli("heads").out == "bbbb2222 (effective head)\ncccc3333 (reports) (head)\n"
    assert pair.cli("heads", "--resolve-dependencies").out == "cccc3333 (reports) (head)\n"
    assert pair.cli("upgrade", "heads").code == 0
    assert pair.cli("current").out == "cccc3333 (reports) (head)\nbbbb2222 (effective head)\n"


def test_checking_that_the_database_is_at_the_heads(pair: Project) -> None:
    behind = pair.cli("current", "--check-heads")
    assert behind.code == 3 and behind.err.startswith("Error: 2 revisions are missing, up to bbbb2222.\n")
    assert behind.err.endswith("Hint: 'flask db upgrade' applies what is missing.\n")
    pair.table("cccc3333", "aaaa1111")
    assert "'flask db upgrade heads'" in pair.cli("current", "-c").err
    pair.cli("upgrade", "heads")
    assert pair.cli("current", "-c").code == 0


def test_the_database_and_the_file_with_verbose(pair: Project) -> None:
    pair.cli("upgrade", "aaaa1111")
    lines = pair.cli("current", "-v").out.splitlines()
    assert lines[0] == f"Database: sqlite {pair.url.removeprefix('sqlite:///')}"
    assert lines[2:6] == [
        "Revision: aaaa1111",
        "Parents:  <base>",
        "Children: bbbb2222",
        f"File:     {pair.versions / 'aaaa1111.py'}",
    ]
    assert lines[7] == "    create users"


# -- history, branches, show -----------------------------------------------------------------------


def write_branches(project: Project) -> None:
    project.table("aaaa1111", message="begin")
    project.table("bbbb2222", "aaaa1111", message="billing", labels=("billing",))
    project.table("cccc3333", "aaaa1111", message="reports", labels=("reports",))
    project.table("dddd4444", ("bbbb2222", "cccc3333"), message="both")
    project.table("eeee5555", None, message="apart", depends="aaaa1111")


def test_history_lists_what_comes_after_what(project: Project) -> None:
    write_branches(project)
    project.cli("upgrade", "bbbb2222")
    assert project.cli("history", "-i").out.splitlines() == [
        "bbbb2222, cccc3333 -> dddd4444 (billing, reports) (head) (mergepoint), both",
        "aaaa1111 -> bbbb2222 (billing) (current), billing",
        "<base> -> eeee5555 (head) (depends on aaaa1111), apart",
        "aaaa1111 -> cccc3333 (reports), reports",
        "<base> -> aaaa1111 (branchpoint), begin",
    ]
    assert project.cli("history").out == project.cli("history", "-i").out.replace(" (current)", "")


RANGES = [
    ("bbbb2222:dddd4444", "both billing"),
    (":bbbb2222", "billing begin"),
    ("current:", "both billing"),
    ("-1:current", "billing begin"),
    ("-1:dddd4444", "both billing reports"),
    ("base:+1", "apart begin"),
    ("billing@base:", "both billing reports begin"),
    (":", "both billing apart reports begin"),
]


@pytest.mark.parametrize(("given", "messages"), RANGES)
def test_a_range_of_the_history(project: Project, given: str, messages: str) -> None:
    write_branches(project)
    project.cli("upgrade", "bbbb2222")
    lines = project.cli("history", "-r", given).out.splitlines()
    assert [line.rpartition(", ")[2] for line in lines] == messages.split()


def test_branches_are_where_ways_part(project: Project) -> None:
    write_branches(project)
    assert project.cli("branches").out.splitlines() == [
        "aaaa1111 (branchpoint), begin",
        "    -> bbbb2222 (billing), billing",
        "    -> cccc3333 (reports), reports",
    ]
    assert "File:     " in project.cli("branches", "-v").out


def test_show_says_all_that_a_file_says(project: Project) -> None:
    write_branches(project)
    shown = project.cli("show", "eeee").out.splitlines()
    assert shown[:2] == ["Revision: eeee5555 (head)", "Parents:  <base>"]
    assert shown[2:4] == ["Depends:  aaaa1111", f"File:     {project.versions / 'eeee5555.py'}"]
    assert project.cli("show", "heads").out.count("Revision: ") == 2
    project.cli("upgrade", "cccc3333")
    assert project.cli("show", "current").out.startswith("Revision: cccc3333 (reports)\n")


def test_300_revisions(project: Project) -> None:
    project.table("r000")
    for number in range(1, 300):
        project.script(f"r{number:03}", f"r{number - 1:03}")
    lines = project.cli("upgrade").out.splitlines()
    assert lines[0] == "    1/300 + r000  r000" and lines[299] == "  300/300 + r299  r299"
    assert re.fullmatch(r"300 revisions applied in \d+\.\d\d s; sqlite .* is at r299 \(head\)\.", lines[300])
    assert len(project.cli("history").out.splitlines()) == 300
    assert len(project.cli("downgrade", "base").out.splitlines()) == 301


# -- where there is nothing to print ---------------------------------------------------------------

EMPTY = [
    ("heads", "There are no revisions yet; 'flask db migrate"),
    ("history", "There are no revisions yet; 'flask db migrate"),
    ("branches", "There are no revisions yet; 'flask db migrate"),
    ("show", "There are no revisions yet; 'flask db migrate"),
    ("current", "is not there yet: no revision is applied."),
    ("history -i", "There are no revisions yet"),
    ("upgrade --sql", "Nothing to write: "),
    ("stamp --sql", "Nothing to write: "),
]


@pytest.mark.parametrize(("command", "says"), EMPTY)
def test_a_project_without_revisions(project: Project, command: str, says: str) -> None:
    project.versions.mkdir(parents=True)
    result = project.cli(*command.split())
    assert (result.code, result.out) == (0, "") and says in result.err
    assert project.cli(*command.split(), "-q").err == ""


@pytest.mark.parametrize("command", ["upgrade", "downgrade base", "stamp"])
def test_nothing_to_do_without_revisions(project: Project, command: str) -> None:
    project.versions.mkdir(parents=True)
    result = project.cli(*command.split())
    assert result.out == f"There are no revisions in {project.versions}: nothing to do.\n" and result.code == 0
    assert project.cli(*command.split(), "-q").out == ""


def test_nothing_to_do(pair: Project) -> None:
    pair.cli("upgrade")
    at = f"sqlite {pair.url.removeprefix('sqlite:///')} is at bbbb2222 (head)"
    for command in ("upgrade", "upgrade aaaa1111", "stamp", "downgrade bbbb2222"):
        assert pair.cli(*command.split()).out == f"Nothing to do: {at}.\n"
    assert pair.cli("branches").err == "There are no branches: no revision has two that come after it.\n"
    assert pair.cli("show", "base").err == "'base' means no revision.\n"
    assert pair.cli("history", "-r", "base:base").err == "There are no revisions in 'base:base'.\n"
    assert pair.cli("upgrade", "--sql", "head:aaaa1111").err.startswith("Nothing to write: 'head:aaaa1111'")


# -- what is done ----------------------------------------------------------------------------------


def test_the_steps_of_a_run_and_its_end(pair: Project) -> None:
    up, down = pair.cli("upgrade"), pair.cli("downgrade", "aaaa1111")
    assert up.out.splitlines()[:2] == ["  1/2 + aaaa1111  create users", "  2/2 + bbbb2222  create orders"]
    assert down.out.splitlines()[0] == "  1/1 - bbbb2222  create orders"
    assert re.fullmatch(r"1 revision taken back in \d+\.\d\d s; sqlite .* is at aaaa1111\.", down.out.splitlines()[1])
    assert up.err == down.err == ""


def test_a_slow_step_says_its_seconds_in_a_log(project: Project) -> None:
    project.script("aaaa1111", None, "import time\ntime.sleep(1.1)")
    lines = project.cli("upgrade").out.splitlines()
    assert lines[0] == "  1/1 + aaaa1111  aaaa1111" and re.fullmatch(r"  1/1   done in 1\.\d\d s", lines[1])


def test_what_scripts_print_is_between_the_lines(project: Project) -> None:
    project.script("aaaa1111", None, "print('from the script')")
    assert project.cli("upgrade").out.splitlines()[:2] == ["  1/1 + aaaa1111  aaaa1111", "from the script"]


def test_stamping_says_that_nothing_was_run(pair: Project) -> None:
    place = f"sqlite {pair.url.removeprefix('sqlite:///')}"
    assert pair.cli("stamp").out == f"Recorded, and nothing was run: {place} is at bbbb2222 (head).\n"
    assert pair.cli("stamp", "base").out == f"Recorded, and nothing was run: {place} is at base.\n"
    assert pair.tables() == set()


def test_quiet_prints_results_only(pair: Project) -> None:
    assert pair.cli("init", "-q").out == ""
    assert pair.cli("upgrade", "-q").out == pair.cli("-q", "downgrade").out == pair.cli("stamp", "-q").out == ""
    assert pair.cli("-q", "current").out == pair.cli("heads", "--quiet").out == "bbbb2222 (head)\n"
    written = pair.cli("revision", "-q", "-m", "more").out.strip()
    assert Path(written).is_file() and not Path(written).is_absolute()
    assert pair.cli("upgrade", "-q", "--sql").out.startswith("BEGIN;")


def test_new_files_are_named_with_their_ids(pair: Project) -> None:
    made = re.fullmatch(
        r"Wrote (migrations/versions/[\d_]+-([0-9a-f]{12})_more\.py) \(\2\)\.\n",
        pair.cli("revision", "-m", "more").out,
    )
    assert made and (pair.folder / made[1]).is_file()
    pair.table("cccc3333", "aaaa1111")
    assert re.match(r"Wrote .*_merge_", pair.cli("merge", "heads").out)


def test_the_folder_is_made_once(project: Project) -> None:
    first = project.cli("init")
    assert first.out == "Made migrations. Next: flask db migrate -m 'what it does', then flask db upgrade.\n"
    assert project.cli("init").out == "migrations is there already.\n"
    assert project.cli("init", "--multidb").out == f"Made {Path('migrations') / 'script.py.jinja'}.\n"
    assert project.cli("init", "-d", "a/b").out.startswith("Made a/b. ")
    missing = project.cli("heads", "-d", "with space")
    assert missing.code == 1 and "'flask db init -d 'with space'' makes one" in missing.err
