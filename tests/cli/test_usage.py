"""Arguments: what is taken, and what is refused with click's usage error and exit code 2."""

from __future__ import annotations

import pytest

from ..projects import Project


@pytest.mark.parametrize("arguments", [["-2"], ["--", "-2"], ["-q", "-2"], ["-2", "-x", "a=1"], ["--tag", "t", "-2"]])
def test_two_steps_down(pair: Project, arguments: list[str]) -> None:
    assert pair.cli("upgrade").code == 0
    result = pair.cli("downgrade", *arguments)
    assert (result.code, result.err) == (0, "")
    assert pair.applied() == set()


def test_two_steps_down_through_the_real_command(pair: Project) -> None:
    pair.flask("upgrade")
    pair.flask("downgrade", "-1")
    assert pair.applied() == {"aaaa1111"}
    pair.flask("downgrade", "--", "-1")
    assert pair.applied() == set()


@pytest.mark.parametrize("arguments", [["-r-1:current"], ["-r", "-1:current"], ["--rev-range=-1:current"]])
def test_a_range_that_begins_with_a_dash(pair: Project, arguments: list[str]) -> None:
    assert pair.cli("upgrade").code == 0
    result = pair.cli("history", *arguments)
    assert [line.split(" -> ")[1].split()[0].strip(",") for line in result.out.splitlines()] == [
        "bbbb2222",
        "aaaa1111",
    ]


REFUSED = [
    (["upgrade", "--sqll"], "--sqll"),
    (["downgrade", "-2x"], "-2"),
    (["downgrade", "-2", "--sqll"], "--sqll"),
    (["downgrade", "--sqll", "-2"], "--sqll"),
    (["stamp", "-1", "--purg"], "--purg"),
    (["upgrade", "-z"], "-z"),
    (["upgrade", "aaaa1111", "bbbb2222"], "bbbb2222"),
    (["merge"], "REVISION"),
    (["history", "-r"], "-r"),
    (["upgrad"], "'upgrade'"),
    (["upgradee"], "'upgrade'"),
    (["nosuchcommand"], "nosuchcommand"),
    (["--nosuchoption", "upgrade"], "--nosuchoption"),
]


@pytest.mark.parametrize(("arguments", "names"), REFUSED, ids=lambda each: " ".join(each))
def test_wrong_options_arguments_and_commands(pair: Project, arguments: list[str], names: str) -> None:
    result = pair.cli(*arguments)
    assert result.code == 2, result
    assert result.err.splitlines()[-1].startswith("Error: ") and names in result.err.splitlines()[-1]
    assert pair.applied() == set()


def test_the_folder_can_be_given_to_the_command_to_the_group_and_by_environment(pair: Project) -> None:
    pair.versions.parent.rename(pair.folder / "elsewhere")
    two_ids = "bbbb2222 (head)\n"
    assert pair.cli("heads", "-d", "elsewhere").out == two_ids
    assert pair.cli("-d", "elsewhere", "heads").out == two_ids
    assert pair.cli("-d", "nosuch", "heads", "--directory", "elsewhere").out == two_ids
    assert pair.flask("heads", FLASK_DB_DIRECTORY="elsewhere").out == two_ids
    assert pair.flask("heads", FLASK_REVISIONS_DIRECTORY="elsewhere").out == two_ids
    assert pair.flask("heads", check=False, FLASK_DB_DIRECTORY="nosuch").code == 1


def test_values_for_scripts_come_from_the_group_and_from_the_command(project: Project) -> None:
    asked = "from flask_revisions import context\nprint(context.get_x_argument(), context.get_tag_argument())"
    project.script("aaaa1111", None, asked)
    given = ("-x", "a=1", "upgrade", "-x", "b=2", "-x", "c", "--tag", "t")
    assert "['a=1', 'b=2', 'c'] t" in project.cli(*given).out
    written = project.cli("-x", "a=1", "upgrade", "--sql", *given[3:])
    assert written.err == "['a=1', 'b=2', 'c'] t\n", "what a script prints is no SQL"


def test_options_have_environment_variables_by_clicks_rule(project: Project) -> None:
    asked = "from flask_revisions import context\nprint(context.get_tag_argument())"
    project.script("aaaa1111", None, asked)
    assert "from outside" in project.flask("upgrade", FLASK_DB_UPGRADE_TAG="from outside").out


def test_the_version_of_the_package(pair: Project) -> None:
    from flask_revisions import __version__

    assert pair.cli("--version").out == f"flask-revisions {__version__}\n"
    assert pair.flask("--version").out == f"flask-revisions {__version__}\n"
