"""`atoll compose`: an app's component, plugs, and scripts, as one file and as a picture."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import atoll as library
from tests.cli.conftest import Atoll, atoll
from tests.composing.apps import BELL, RINGS, behind

__all__ = ["atoll"]

SCRIPT = """package test:app;

let rings = new acme:rings { ... };
let bell = new acme:bell { "acme:parts/bell@0.1.0": rings["acme:parts/bell@0.1.0"], ... };
export bell...;
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With two components, an app of them, and a script."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bell.wat").write_text(BELL)
    (tmp_path / "rings.wat").write_text(RINGS)
    (tmp_path / "app.wac").write_text(SCRIPT)
    (tmp_path / "spin.toml").write_text(
        'spin_manifest_version = 2\napplication.name = "parts"\n[trigger]\n'
        '[component.bell]\nsource = "bell.wat"\ndependencies."acme:parts/bell" = { component = "middle" }\n'
        '[component.middle]\nsource = "bell.wat"\ndependencies."acme:parts/bell" = { path = "rings.wat" }\n'
    )
    return tmp_path


def rings(file: Path) -> int:
    number: int = library.load(file).bell.ring()
    return number


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "middle"],
        ["spin.toml", "-c", "bell"],
        ["bell.wat", "--plug", "rings.wat"],
        ["bell.wat", "--plug", "bell.wat", "--plug", "rings.wat"],
        ["app.wac", "--package", "acme:bell=bell.wat", "--package", "acme:rings=rings.wat"],
    ],
)
def test_several_become_one(atoll: Atoll, folder: Path, arguments: list[str]) -> None:
    said = atoll("compose", *arguments, "-o", "whole.wasm")
    assert (said.code, said.out, "composed whole.wasm" in said.err) == (0, "", True), said.err
    assert rings(folder / "whole.wasm") == 7


def test_packages_of_a_script_lie_in_a_folder(atoll: Atoll, folder: Path) -> None:
    (folder / "deps/acme").mkdir(parents=True)
    for name in ("bell", "rings"):
        (folder / f"deps/acme/{name}.wasm").write_bytes((folder / f"{name}.wat").read_bytes())
    assert atoll("compose", "app.wac", "-o", "whole.wasm").code == 0
    assert rings(folder / "whole.wasm") == 7
    told = atoll("compose", "app.wac").out
    assert "acme:bell\n  imports acme:parts/bell@0.1.0 from acme:rings\n" in told


def test_the_graph_says_who_imports_what_from_whom(atoll: Atoll, folder: Path) -> None:
    told = atoll("compose", "-c", "bell").out
    assert told == (
        "bell\n  imports acme:parts/bell@0.1.0 from acme:parts/bell\n"
        "acme:parts/bell\n  imports acme:parts/bell@0.1.0 from acme:parts/bell\n"
        "acme:parts/bell\n"
    )
    assert "imports acme:parts/bell@0.1.0 from whoever loads it" in atoll("compose", "bell.wat").out


def test_the_graph_says_what_each_part_may_use(atoll: Atoll, tmp_path: Path) -> None:
    manifest = behind(tmp_path, "rust-rooms", inherits=', inherit_configuration = ["variables", "environment"]')
    told = atoll("compose", str(manifest)).out
    assert "k\n  imports wasi:http/incoming-handler@0.2.12 from wasi:http/incoming-handler\n" in told
    assert "  may use environment, variables\n" in told
    assert "  is denied ai_models, allowed_outbound_hosts, blobstores, " in told


def test_the_graph_is_drawn(atoll: Atoll, tmp_path: Path) -> None:
    manifest = behind(tmp_path, "rust-rooms")
    drawn = atoll("compose", str(manifest), "--graph", "svg").out
    words = " ".join(ElementTree.fromstring(drawn).itertext())
    assert "wasi:http/incoming-handler@0.2.12" in words
    assert "is denied ai_models" in words
    first, second = json.loads(atoll("compose", str(manifest), "--json").out)
    assert first["edges"] == [{"interface": "wasi:http/incoming-handler@0.2.12", "to": 1}]
    assert "ai_models" in second["denied"]
    dot = atoll("compose", str(manifest), "--graph", "dot").out
    assert dot.startswith("digraph composition {")
    assert '  n0 -> n1 [label="wasi:http/incoming-handler@0.2.12"];' in dot


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["-c", "none"], "the app has no component `none`"),
        ([], "2 components of `parts` have dependencies"),
        (["rings.wat", "--plug", "bell.wat"], "the plug `bell.wat` answers no import of `rings.wat`"),
        (["missing.wasm", "--plug", "bell.wat"], "missing.wasm"),
        (["missing.wac"], "the script `missing.wac` cannot be read"),
        (["app.wac", "--package", "acme:bell=bell.wat"], "app.wac:3:"),
        (["app.wac", "--package", "acme"], "--package 'acme' is not of the form NAME=VALUE"),
        (["-c", "middle", "-o", "no/such/folder"], "`no/such/folder` cannot be written"),
    ],
)
def test_what_cannot_be_composed_is_named(atoll: Atoll, folder: Path, arguments: list[str], said: str) -> None:
    told = atoll("compose", *arguments)
    assert (told.code, said in told.err) == (1, True), told.err


@pytest.mark.parametrize(
    "old, new, place",
    [
        ("let rings", "lot rings", "app.wac:3:1"),
        ('rings["acme:parts/bell@0.1.0"]', 'rings["acme:parts/gong"]', "app.wac:4:"),
        ("export bell", "export gong", "app.wac:5:8"),
        ("package test", "# package test", "app.wac:1:1"),
    ],
)
def test_a_script_that_is_wrong_has_its_line(atoll: Atoll, folder: Path, old: str, new: str, place: str) -> None:
    (folder / "app.wac").write_text(SCRIPT.replace(old, new))
    told = atoll("compose", "app.wac", "--package", "acme:bell=bell.wat", "--package", "acme:rings=rings.wat")
    assert (told.code, place in told.err) == (1, True), told.err
