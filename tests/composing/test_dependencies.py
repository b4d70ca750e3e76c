"""Dependencies of a component answer what it imports; what does not fit is refused where the manifest says it."""

import subprocess
import sys
from pathlib import Path

import pytest

import atoll
from atoll.app import App
from atoll.errors import AtollError
from atoll.host.composing import composed
from atoll.host.symbols import path_of
from atoll.lock import LockSettings
from tests.composing.apps import BELL, RINGS, behind, served
from tests.support import refused, write_app

RING = '"acme:parts/bell"'


def made(folder: Path, dependencies: str, more: str = "") -> dict[str, str]:
    """The files of an app's components once they are composed; `bell.wat` is the first of them."""
    (folder / "bell.wat").write_text(BELL)
    (folder / "rings.wat").write_text(RINGS)
    text = f'[trigger]\n[component.k]\nsource = "bell.wat"\n[component.k.dependencies]\n{dependencies}{more}'
    app = App.load(write_app(folder, text))
    locked = app.lock(LockSettings(working_directory=folder, cache_directory=folder / "cache"))
    components = composed(locked, folder / "composed", app.locate)["components"]
    return {one["id"]: str(path_of(one["source"]["source"])) for one in components}


def rings(file: str) -> int:
    number: int = atoll.load(file).bell.ring()
    return number


@pytest.mark.parametrize("name", ["acme:parts/bell", "acme:parts/bell@0.1.0", "acme:parts", "acme:parts@0.1.0"])
def test_a_dependency_answers_by_package_interface_and_version(tmp_path: Path, name: str) -> None:
    assert rings(made(tmp_path, f'"{name}" = {{ path = "rings.wat" }}\n')["k"]) == 7


def test_a_component_of_the_app_answers_with_dependencies_of_its_own(tmp_path: Path) -> None:
    more = (
        '[component.middle]\nsource = "bell.wat"\ndependencies.' + RING + ' = { component = "last" }\n'
        '[component.last]\nsource = "rings.wat"\n'
    )
    assert rings(made(tmp_path, RING + ' = { component = "middle" }\n', more)["k"]) == 7


def test_an_export_of_another_name_answers(tmp_path: Path) -> None:
    (tmp_path / "other.wat").write_text(RINGS.replace("acme:parts/bell@0.1.0", "other:parts/gong@2.0.0"))
    dependency = '{ path = "other.wat", export = "other:parts/gong@2.0.0" }'
    assert rings(made(tmp_path, f"{RING} = {dependency}\n")["k"]) == 7


def test_a_composition_is_kept_until_a_part_changes(tmp_path: Path) -> None:
    dependency = RING + ' = { path = "rings.wat" }\n'
    first = made(tmp_path, dependency)["k"]
    assert made(tmp_path, dependency)["k"] == first
    (tmp_path / "rings.wat").write_text(RINGS.replace("7", "8"))
    locked = tmp_path / "spin.toml"
    app = App.load(locked)
    again = composed(
        app.lock(LockSettings(working_directory=tmp_path, cache_directory=tmp_path / "cache")), tmp_path / "composed"
    )
    [component] = again["components"]
    assert rings(str(path_of(component["source"]["source"]))) == 8


@pytest.mark.parametrize(
    "dependencies, code, said",
    [
        (
            '"acme:parts/gong" = { path = "rings.wat" }\n',
            "dependency-unmatched",
            "the dependency `acme:parts/gong` matches no import of `k`",
        ),
        (
            RING + ' = { path = "bell.wat", export = "acme:parts/gong@0.1.0" }\n',
            "dependency-unmatched",
            "does not export `acme:parts/gong@0.1.0` to answer the import `acme:parts/bell@0.1.0`",
        ),
        (
            RING + ' = { path = "text.wat" }\n',
            "composition-invalid",
            "`k` imports `acme:parts/bell@0.1.0`, and what `acme:parts/bell` exports as",
        ),
        (RING + ' = { path = "broken.wasm" }\n', "guest-invalid", "not valid WebAssembly"),
        (RING + ' = { path = "command.wat" }\n', "guest-not-component", "without the component model"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(tmp_path: Path, dependencies: str, code: str, said: str) -> None:
    (tmp_path / "text.wat").write_text(RINGS.replace("u32", "s64").replace("i32", "i64"))
    (tmp_path / "broken.wasm").write_bytes(b"\0asm\x0d\0\1\0\7\xff")
    (tmp_path / "command.wat").write_text('(module (func (export "_start")))')
    with pytest.raises(AtollError) as raised:
        made(tmp_path, dependencies)
    assert (raised.value.code, said in raised.value.message) == (code, True), raised.value.message
    location = raised.value.location
    assert location is not None and location.file.endswith("spin.toml") and location.line in (6, 7)


def test_an_object_of_python_answers_the_app_alone(tmp_path: Path) -> None:
    objects = '[application.tool.atoll.imports]\n"acme:parts/bell" = "host:Bell"\n'
    (tmp_path / "between.wat").write_text(BELL.replace('(export "acme:parts/bell@0.1.0"', '(export "a:b/c@1.0.0"'))
    (tmp_path / "wants.wat").write_text(BELL.replace("acme:parts/bell@0.1.0", "a:b/c@1.0.0"))
    more = f'[component.w]\nsource = "wants.wat"\ndependencies."a:b" = {{ path = "between.wat"INHERITS }}\n{objects}'
    with pytest.raises(
        AtollError, match=r"imports `acme:parts/bell@0\.1\.0`, which an object answers for the app alone"
    ):
        made(tmp_path, RING + ' = { path = "rings.wat" }\n', more.replace("INHERITS", ""))
    made(tmp_path, RING + ' = { path = "rings.wat" }\n', more.replace("INHERITS", ", inherit_configuration = true"))


def test_the_command_line_shows_the_line_of_the_dependency(tmp_path: Path) -> None:
    manifest = behind(tmp_path, "rust-kitchen")
    manifest.write_text(manifest.read_text().replace("incoming-handler", "outgoing-handler"))
    told = refused("-f", str(manifest)).stderr
    assert "matches no import of `k`" in told
    assert 'dependencies."wasi:http/outgoing-handler"' in told


def test_a_check_finds_what_does_not_fit(tmp_path: Path) -> None:
    manifest = behind(tmp_path, "rust-kitchen")
    check = [sys.executable, "-P", "-m", "atoll", "check", str(manifest)]
    assert subprocess.run(check, check=True, capture_output=True, text=True).stdout.endswith("no problems\n")
    manifest.write_text(manifest.read_text().replace("incoming-handler", "outgoing-handler"))
    told = subprocess.run(check, check=False, capture_output=True, text=True)
    assert (told.returncode, "matches no import of `k`" in told.stderr) == (1, True)


def test_a_component_that_tests_itself_is_composed_first(tmp_path: Path) -> None:
    (tmp_path / "bell.wat").write_text(BELL)
    (tmp_path / "rings.wat").write_text(RINGS)
    (tmp_path / "bell.test.toml").write_text(
        '[[test]]\nname = "rings"\ncall = { function = "bell.ring", result = 7 }\n'
    )
    write_app(
        tmp_path, f'[trigger]\n[component.k]\nsource = "bell.wat"\ndependencies.{RING} = {{ path = "rings.wat" }}\n'
    )
    told = subprocess.run(
        [sys.executable, "-P", "-m", "atoll", "test"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert (told.returncode, "1 passed" in told.stdout) == (0, True), told.stdout + told.stderr


def test_a_dependency_that_traps_is_shown_with_its_own_lines(tmp_path: Path) -> None:
    with served(behind(tmp_path, "rust-faults")) as (client, app):
        assert client.get("").status_code == 500
        app.wait_for(r"first at \S+/rust-faults/src/lib\.rs:17")


def test_a_composition_is_served_like_any_component(tmp_path: Path) -> None:
    with served(behind(tmp_path, "rust-kitchen")) as (client, _):
        assert client.get("").text == "Hello from the kitchen\n"
        assert client.post("echo", content=b"x" * 1_000_000).content == b"x" * 1_000_000
