"""Which folder and which files hold the revisions."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask_revisions.errors import DirectoryError, DuplicateRevision, HeaderError
from flask_revisions.scripts.directory import (
    candidates,
    find_directory,
    find_files,
    locate,
    read_graph,
)
from flask_revisions.scripts.files import init_directory


def revision(path: Path, id: str, parent: str | None = None) -> Path:
    """Write a file of a revision."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'"""{id}"""\nrevision = {id!r}\ndown_revision = {parent!r}\n')
    return path


def never(path: str) -> Mapping[str, object]:
    raise AssertionError(f"{path} was run")


def names(paths: tuple[str, ...]) -> list[str]:
    return [Path(each).name for each in paths]


# -- files -----------------------------------------------------------------------------------------


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "c.py"):
        revision(tmp_path / name, name)
    assert names(find_files([str(tmp_path)])) == ["a.py", "b.py", "c.py"]


@pytest.mark.parametrize(
    "name",
    [".evil.py", ".#a.py", "__init__.py", "env.py", "README", "a.pyc", "a.py.bak", ".new-1.tmp", "a.sql"],
)
def test_other_files_are_not_revisions(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("raise SystemExit('it was run')")
    revision(tmp_path / "a1.py", "a1")
    assert names(find_files([str(tmp_path)])) == ["a1.py"]


def test_folders_and_what_is_no_file_are_not_revisions(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    assert find_files([str(tmp_path)]) == ()


def test_folders_below_are_read_only_if_that_is_asked_for(tmp_path: Path) -> None:
    for name in ("a.py", "y/b.py", "x/z/c.py", "x/d.py", "__pycache__/e.py", ".git/f.py"):
        revision(tmp_path / name, name)
    assert names(find_files([str(tmp_path)])) == ["a.py"]
    assert names(find_files([str(tmp_path)], recursive=True)) == ["a.py", "d.py", "c.py", "b.py"]


def test_a_file_that_two_locations_reach_is_read_once(tmp_path: Path) -> None:
    revision(tmp_path / "a" / "one.py", "one")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "other.py").symlink_to(tmp_path / "a" / "one.py")
    locations = [str(tmp_path / each) for each in ("a", "b", "a/../a", "c")]
    assert names(find_files(locations)) == ["one.py"]
    assert list(read_graph(locations, execute=never)) == ["one"]


def test_links_that_go_round_do_not_hold_us_up(tmp_path: Path) -> None:
    revision(tmp_path / "a.py", "a")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert names(find_files([str(tmp_path)], recursive=True)) == ["a.py"]


def test_a_link_to_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to(tmp_path / "gone.py")
    with pytest.raises(DirectoryError, match=r"a\.py is a link to a file that is not there\.") as caught:
        find_files([str(tmp_path)])
    assert caught.value.path == str(tmp_path / "a.py")


def make_missing(path: Path) -> None:
    """Leave nothing there."""


def make_file(path: Path) -> None:
    path.write_text("")


def make_loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("make", "said"),
    [(make_missing, "There is no folder"), (make_file, "is a file where"), (make_loop, "cannot be read: ")],
)
@pytest.mark.parametrize("recursive", [False, True])
def test_a_location_that_is_no_folder_is_an_error(tmp_path: Path, make, said: str, recursive: bool) -> None:
    make(tmp_path / "versions")
    with pytest.raises(DirectoryError, match=said) as caught:
        find_files([str(tmp_path / "versions")], recursive=recursive)
    assert "flask db init" in caught.value.hint and caught.value.path == str(tmp_path / "versions")


def test_files_many_folders_down_are_found(tmp_path: Path) -> None:
    here = tmp_path
    for _ in range(600):
        here = here / "d"
    here.mkdir(parents=True)
    revision(here / "a.py", "a")
    assert names(find_files([str(tmp_path)], recursive=True)) == ["a.py"]


# -- the graph -------------------------------------------------------------------------------------


def test_the_files_make_a_graph(tmp_path: Path) -> None:
    revision(tmp_path / "one" / "1.py", "a1")
    revision(tmp_path / "two" / "2.py", "b2", "a1")
    graph = read_graph([str(tmp_path / "one"), str(tmp_path / "two")], execute=never)
    assert graph.heads == ("b2",) and graph["b2"].path == str(tmp_path / "two" / "2.py")


def test_two_files_with_one_id_are_both_named(tmp_path: Path) -> None:
    revision(tmp_path / "1.py", "a1")
    revision(tmp_path / "2.py", "a1")
    with pytest.raises(DuplicateRevision, match=r"1\.py.*2\.py"):
        read_graph([str(tmp_path)], execute=never)


def test_a_file_that_is_no_revision_is_named(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("def help(): pass\n")
    with pytest.raises(HeaderError, match=r"helpers\.py has no 'revision'"):
        read_graph([str(tmp_path)], execute=never)


# -- locations -------------------------------------------------------------------------------------


def test_a_path_is_taken_from_the_working_directory(tmp_path: Path) -> None:
    assert locate("a/b", str(tmp_path)) == str(tmp_path / "a" / "b")
    assert locate("./a/../b", str(tmp_path)) == str(tmp_path / "b")
    assert locate("/srv/versions", str(tmp_path)) == "/srv/versions"


def test_a_folder_in_a_package_is_found_without_importing_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for package in ("shop_x", "shop_x/inner"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise RuntimeError('it was imported')")
    revision(tmp_path / "shop_x" / "inner" / "db" / "versions" / "1.py", "a1")
    for location in ("shop_x.inner:db/versions", "shop_x.inner:db:versions", "shop_x:inner/db/versions"):
        assert locate(location, "/") == str(tmp_path / "shop_x" / "inner" / "db" / "versions")
    assert not any(name.startswith("shop_x") for name in sys.modules)


def test_a_package_that_is_imported_already_is_asked_where_it_is() -> None:
    assert locate("flask_revisions.scripts:templates", "/").endswith("flask_revisions/scripts/templates")


def test_a_namespace_package_may_be_in_several_places(tmp_path: Path, monkeypatch) -> None:
    for place in ("one", "two"):
        (tmp_path / place / "space_x").mkdir(parents=True)
        monkeypatch.syspath_prepend(str(tmp_path / place))
    (tmp_path / "one" / "space_x" / "versions").mkdir()
    assert locate("space_x:versions", "/") == str(tmp_path / "one" / "space_x" / "versions")


@pytest.mark.parametrize("location", ["nosuch_x:versions", "flask_revisions.nosuch:versions", "sys:versions"])
def test_a_package_that_is_not_there_is_named(location: str) -> None:
    with pytest.raises(DirectoryError, match=f"no package '{location.split(':')[0]}'"):
        locate(location, "/")


@pytest.mark.parametrize("location", ["C:\\x\\versions", "c:/x", "./flask:versions", "a b:c", "1:2"])
def test_a_path_with_a_colon_is_no_package(location: str) -> None:
    assert locate(location, "/srv") == os.path.normpath(f"/srv/{location}")


def test_a_folder_that_exists_comes_before_a_package(tmp_path: Path) -> None:
    (tmp_path / "flask:x").mkdir()
    assert locate("flask:x", str(tmp_path)) == str(tmp_path / "flask:x")


# -- the folder ------------------------------------------------------------------------------------


def project(root: Path) -> Path:
    """Make a project with the application in a package two folders down, and return that package."""
    package = root / "src" / "shop"
    package.mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    return package


def test_candidates_go_from_the_working_directory_up_to_the_project(tmp_path: Path) -> None:
    package = project(tmp_path / "p")
    found = candidates("migrations", working_directory=str(tmp_path / "w"), root_path=str(package))
    expected = ["w", "p/src/shop", "p/src", "p"]
    assert found == tuple(str(tmp_path / each / "migrations") for each in expected)


def test_without_a_project_file_candidates_end_beside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "a" / "b" / "c"
    package.mkdir(parents=True)
    for each in (package, package.parent):
        (each / "__init__.py").write_text("")
    found = candidates("m", working_directory=str(tmp_path / "w"), root_path=str(package))
    assert found == tuple(str(tmp_path / each / "m") for each in ("w", "a/b/c", "a/b", "a"))


def test_a_place_that_comes_up_twice_is_one_candidate(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    found = candidates("m", working_directory=str(tmp_path), root_path=str(tmp_path))
    assert found == (str(tmp_path / "m"),)


def test_the_first_that_holds_revisions_wins_over_the_first_that_exists(tmp_path: Path) -> None:
    package = project(tmp_path)
    (tmp_path / "w" / "migrations" / "versions").mkdir(parents=True)
    revision(package / "migrations" / "versions" / "1.py", "a1")
    found = find_directory("migrations", working_directory=str(tmp_path / "w"), root_path=str(package))
    assert found.path == str(package / "migrations") and found.warning == ""
    assert found.location == str(package / "migrations" / "versions")


def test_without_revisions_the_first_that_exists_wins(tmp_path: Path) -> None:
    package = project(tmp_path)
    (package / "migrations").mkdir()
    (tmp_path / "migrations").mkdir()
    found = find_directory("migrations", working_directory=str(tmp_path / "w"), root_path=str(package))
    assert found.path == str(package / "migrations")


def test_two_folders_with_revisions_give_a_warning_that_names_both(tmp_path: Path) -> None:
    package = project(tmp_path)
    one = revision(tmp_path / "w" / "migrations" / "versions" / "1.py", "a1").parent.parent
    two = revision(package / "migrations" / "versions" / "1.py", "a1").parent.parent
    found = find_directory("migrations", working_directory=str(tmp_path / "w"), root_path=str(package))
    assert found.path == str(one)
    assert str(one) in found.warning and str(two) in found.warning


def test_python_files_of_something_else_are_no_revisions(tmp_path: Path) -> None:
    package = project(tmp_path)
    (tmp_path / "w" / "migrations").mkdir(parents=True)
    (tmp_path / "w" / "migrations" / "0001_initial.py").write_text("class Migration: pass\n")
    revision(package / "migrations" / "versions" / "1.py", "a1")
    found = find_directory("migrations", working_directory=str(tmp_path / "w"), root_path=str(package))
    assert found.path == str(package / "migrations")


def test_versions_wins_over_a_flat_folder(tmp_path: Path) -> None:
    revision(tmp_path / "m" / "1.py", "a1")
    assert find_directory("m", working_directory=str(tmp_path)).location == str(tmp_path / "m")
    (tmp_path / "m" / "versions").mkdir()
    assert find_directory("m", working_directory=str(tmp_path)).location == str(tmp_path / "m" / "versions")


def test_a_fresh_clone_without_the_empty_versions_folder_is_not_taken_for_a_flat_one(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "env.py").write_text("from alembic import context\n")
    assert find_directory("m", working_directory=str(tmp_path)).location == str(tmp_path / "m" / "versions")


def test_a_missing_folder_is_an_error_that_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DirectoryError) as caught:
        find_directory("m", working_directory=str(tmp_path / "a"), root_path=str(tmp_path / "b"))
    assert str(tmp_path / "a" / "m") in caught.value.message and str(tmp_path / "b" / "m") in caught.value.message
    assert "flask db init" in caught.value.hint


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("")
    with pytest.raises(DirectoryError, match="is a file where the revisions folder should be"):
        find_directory("m", working_directory=str(tmp_path))


def test_an_absolute_path_is_the_only_candidate(tmp_path: Path) -> None:
    revision(tmp_path / "w" / "m" / "versions" / "1.py", "a1")
    with pytest.raises(DirectoryError, match="There is no revisions folder /nosuch/m"):
        find_directory("/nosuch/m", working_directory=str(tmp_path / "w"))


def as_nobody(function: Callable[[], str]) -> str:
    """Return what a function returns in a process without the rights of root."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            os.write(write, function().encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as said:
        return said.read()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter; those of pytest are for their owner alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("closed", ["m", "m/versions"])
def test_a_folder_that_may_not_be_read_is_an_error(open_folder: Path, closed: str) -> None:
    revision(open_folder / "m" / "versions" / "1.py", "a1")
    (open_folder / closed).chmod(0)

    def look() -> str:
        try:
            found = find_directory("m", working_directory=str(open_folder))
            return ", ".join(read_graph([found.location], execute=never))
        except DirectoryError as error:
            return f"{error.message} {error.hint}"

    said = as_nobody(look)
    (open_folder / closed).chmod(0o755)
    assert "cannot be read: Permission denied." in said and "flask db init" in said


def test_a_file_that_may_not_be_read_is_an_error(open_folder: Path) -> None:
    revision(open_folder / "1.py", "a1").chmod(0)

    def look() -> str:
        try:
            return ", ".join(read_graph([str(open_folder)], execute=never))
        except HeaderError as error:
            return error.message

    assert as_nobody(look) == f"{open_folder}/1.py cannot be read: Permission denied."


def test_init_says_where_it_may_not_write(open_folder: Path) -> None:
    def make() -> str:
        try:
            return ", ".join(init_directory(str(open_folder / "m")))
        except DirectoryError as error:
            return error.message

    assert as_nobody(make) == f"{open_folder}/m cannot be made: Permission denied."
