"""`import alembic` in scripts and in the helper modules that they import."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask_revisions.graph.revision import Revision
from flask_revisions.scripts.imports import answering
from flask_revisions.scripts.load import load_script


def answers(tag: str) -> dict[str, ModuleType]:
    """Return a small Alembic, whose `op` says who it is."""
    modules = {name: ModuleType(name) for name in ("alembic", "alembic.op", "alembic.context", "alembic.util")}
    for name in ("op", "context", "util"):
        setattr(modules["alembic"], name, modules[f"alembic.{name}"])
    vars(modules["alembic.op"])["tag"] = tag
    vars(modules["alembic"])["__all__"] = ["op", "context"]
    return modules


OURS = answers("ours")


def run(folder: Path, body: str, modules: dict[str, ModuleType] = OURS, name: str = "a1.py") -> Any:
    """Load a script whose `upgrade()` has this body, and call that."""
    path = folder / name
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    path.write_text(f'revision = "a1"\ndown_revision = None\n\ndef upgrade():\n{indented}')
    return load_script(Revision(id="a1", path=str(path)), modules).upgrade()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An importable package outside of site-packages, forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "shop_y"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop_y"]:
        del sys.modules[name]


# -- scripts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "from alembic import op\nreturn op.tag",
        "from alembic import op as x, context\nreturn x.tag",
        "import alembic\nreturn alembic.op.tag",
        "import alembic.op\nreturn alembic.op.tag",
        "import alembic.op as o\nreturn o.tag",
        "from alembic.op import tag\nreturn tag",
        "return __import__('alembic.op').op.tag",
        "return __import__('alembic', fromlist=['op']).op.tag",
        "import importlib\nreturn importlib.import_module('alembic.op').tag",
        "from importlib import import_module\nreturn import_module('.op', 'alembic').tag",
        "import importlib.util\nassert importlib.util.find_spec('json')\n"
        "return importlib.import_module('alembic').op.tag",
        "def inner():\n    class X:\n        from alembic import op\n    return X.op.tag\nreturn inner()",
        "space = {}\nexec('from alembic import op', globals(), space)\nreturn space['op'].tag",
    ],
)
def test_every_form_of_import_is_answered_in_a_script(tmp_path: Path, body: str) -> None:
    before = set(sys.modules)
    assert run(tmp_path, body) == "ours"
    assert not {name for name in set(sys.modules) - before if name.startswith("alembic")}


def test_a_star_import_gives_op_and_context(tmp_path: Path) -> None:
    path = tmp_path / "a1.py"
    path.write_text(
        'from alembic import *\nrevision = "a1"\ndown_revision = None\ndef upgrade(): return op.tag, context.__name__\n'
    )
    assert load_script(Revision(id="a1", path=str(path)), OURS).upgrade() == ("ours", "alembic.context")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import alembic.nosuch", "No module named 'alembic.nosuch'"),
        ("from alembic.nosuch import x", "No module named 'alembic.nosuch'"),
        ("from alembic import nosuch", "nosuch"),
        ("from alembic.op import nosuch", "nosuch"),
        ("import importlib\nimportlib.import_module('alembic.nosuch')", "No module named 'alembic.nosuch'"),
    ],
)
def test_what_is_not_carried_is_an_import_error(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(ImportError, match=said):
        run(tmp_path, body)


def test_other_imports_of_a_script_are_as_ever(tmp_path: Path) -> None:
    body = "import json\nfrom os import path\nimport xml.dom.minidom as m\nreturn json, path, m"
    import json
    import os.path
    import xml.dom.minidom

    assert run(tmp_path, body) == (json, os.path, xml.dom.minidom)


def test_names_that_only_begin_alike_are_not_answered(tmp_path: Path) -> None:
    for name in ("alembic_nosuch", "alembics"):
        with pytest.raises(ModuleNotFoundError, match=f"No module named '{name}'"):
            run(tmp_path, f"import {name}")


def test_a_submodule_that_the_process_has_loaded_does_not_leak_in(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "alembic.nosuch", ModuleType("alembic.nosuch"))
    with pytest.raises(ImportError):
        run(tmp_path, "from alembic import nosuch")


def test_two_threads_get_each_its_own(tmp_path: Path) -> None:
    found: dict[str, set[str]] = {"one": set(), "two": set()}

    def work(tag: str) -> None:
        folder = tmp_path / tag
        folder.mkdir()
        modules = answers(tag)
        with answering(modules, []):
            for _ in range(50):
                found[tag].add(run(folder, "from alembic import op\nreturn op.tag", modules))

    threads = [threading.Thread(target=work, args=(tag,)) for tag in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"one": {"one"}, "two": {"two"}}


# -- helpers -----------------------------------------------------------------------------------------

CALL = "from shop_y.helper import tag\nreturn tag()"


@pytest.mark.parametrize(
    "text",
    [
        "from alembic import op\ndef tag(): return op.tag\n",
        "def tag():\n    from alembic import op\n    return op.tag\n",
        "import alembic.op as x\ndef tag(): return x.tag\n",
        "from .deeper import tag\n",
        "from . import deeper\ntag = deeper.tag\n",
        "import importlib\ndef tag(): return importlib.import_module('alembic.op').tag\n",
    ],
)
def test_a_helper_that_is_first_imported_in_a_run_is_answered(package: Path, text: str) -> None:
    (package / "helper.py").write_text(text)
    (package / "deeper.py").write_text("from alembic import op\ndef tag(): return op.tag\n")
    with answering(OURS, []):
        assert run(package.parent, CALL) == "ours"


def test_a_helper_looks_like_any_other_module(package: Path) -> None:
    (package / "helper.py").write_text("from alembic import op\ndef tag(): return op.tag\n")
    with answering(OURS, []):
        run(package.parent, CALL)
    import importlib.machinery
    import inspect

    helper = sys.modules["shop_y.helper"]
    assert helper.__spec__ is not None
    assert type(helper.__loader__) is type(helper.__spec__.loader) is importlib.machinery.SourceFileLoader
    assert inspect.getsource(helper).startswith("from alembic")


def test_a_helper_in_a_later_run_gets_the_answers_of_that(package: Path) -> None:
    (package / "helper.py").write_text("def tag():\n    from alembic import op\n    return op.tag\n")
    with answering(OURS, []):
        assert run(package.parent, CALL) == "ours"
    with answering(answers("later"), []):
        assert run(package.parent, CALL, answers("later")) == "later"


def test_outside_of_a_run_nothing_is_answered(package: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)  # as if it were not installed
    (package / "helper.py").write_text("from alembic import op\n")
    with pytest.raises(ModuleNotFoundError):
        __import__("shop_y.helper")
    with answering(OURS, []):
        __import__("shop_y.helper")
    with pytest.raises(ModuleNotFoundError):
        exec("import alembic", {})


def test_another_thread_is_outside_of_the_run(package: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)
    (package / "helper.py").write_text("from alembic import op\n")
    caught: list[BaseException] = []

    def work() -> None:
        try:
            __import__("shop_y.helper")
        except ImportError as error:
            caught.append(error)

    with answering(OURS, []):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert isinstance(caught[0], ModuleNotFoundError)


@pytest.mark.parametrize(("locations", "served"), [((), False), (("shop_y/alembic",), True)])
def test_site_packages_are_served_for_the_package_of_a_location_alone(
    tmp_path: Path, monkeypatch, locations: tuple[str, ...], served: bool
) -> None:
    site = tmp_path / "lib" / "site-packages"
    (site / "shop_y" / "inner").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setitem(sys.modules, "alembic", None)
    (site / "shop_y" / "__init__.py").write_text("")
    (site / "shop_y" / "inner" / "__init__.py").write_text("")
    (site / "shop_y" / "inner" / "helper.py").write_text("from alembic import op\ntag = op.tag\n")
    body = "from shop_y.inner import helper\nreturn helper.tag"
    try:
        with answering(OURS, [str(site / each) for each in locations]):
            if served:
                assert run(tmp_path, body) == "ours"
            else:
                with pytest.raises(ModuleNotFoundError):
                    run(tmp_path, body)
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "shop_y"]:
            del sys.modules[name]


def test_the_standard_library_and_ourselves_are_left_alone(tmp_path: Path) -> None:
    import builtins

    for name in ("colorsys", "flask_revisions.version"):
        sys.modules.pop(name, None)
    with answering(OURS, []):
        import colorsys

        import flask_revisions.version as version
    for module in (colorsys, version):
        assert vars(module)["__builtins__"] in (builtins, vars(builtins))


def test_after_the_last_run_nothing_is_left(package: Path) -> None:
    before = list(sys.meta_path)
    with answering(OURS, []):
        with answering(answers("inner"), []):
            assert sys.meta_path != before
        assert sys.meta_path != before
    assert sys.meta_path == before


def test_a_missing_module_is_missing_in_a_run_too() -> None:
    with answering(OURS, []), pytest.raises(ModuleNotFoundError, match="No module named 'nosuch_y'"):
        __import__("nosuch_y")
