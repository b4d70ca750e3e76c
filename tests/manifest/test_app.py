"""Finding an app, bare wasm files, and the places of problems that the data plane reports."""

from pathlib import Path
from typing import Any

import pytest

from atoll.app import App, find_manifest
from atoll.errors import AtollError
from atoll.lock import LockSettings

from .conftest import http_app


def test_a_manifest_is_found_by_file_by_folder_and_from_below(app_folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    base = app_folder(http_app(), {"x/y/z": ""})
    assert App.load(base / "spin.toml").base == App.load(str(base)).base == base
    monkeypatch.chdir(base / "x" / "y")
    assert App.load().file == base / "spin.toml"


def test_the_search_ends_at_the_root_of_the_repository(app_folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    base = app_folder(http_app(), {"x/.git/HEAD": "", "x/y/z": ""})
    monkeypatch.chdir(base / "x" / "y")
    with pytest.raises(AtollError) as caught:
        App.load()
    assert caught.value.code == "manifest-not-found"


def test_the_search_ends_after_twenty_parents(app_folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "/".join("d" * 21)
    base = app_folder(http_app(), {f"{deep}/z": ""})
    monkeypatch.chdir(base / deep[2:])
    assert find_manifest(None) == base / "spin.toml"
    monkeypatch.chdir(base / deep)
    with pytest.raises(AtollError):
        find_manifest(None)


@pytest.mark.parametrize("path", ["nowhere", "nowhere.wasm", "a\0b", "."])
def test_a_path_that_is_not_there_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(AtollError) as caught:
        App.load(tmp_path / path)
    assert (caught.value.code, caught.value.exit_code) == ("manifest-not-found", 1)


@pytest.mark.parametrize(
    ("name", "component"), [("hello_World.wasm", "hello-world"), ('my file é".wat', "main"), ("9.wasm", "main")]
)
def test_a_bare_wasm_file_is_an_app_that_answers_every_path(name: str, component: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    app = App.load(tmp_path / name)
    locked = app.lock(LockSettings(working_directory=tmp_path, cache_directory=tmp_path, environment={"A": "b"}))
    assert app.name == Path(name).stem
    assert [one["trigger_config"] for one in locked["triggers"]] == [{"route": "/...", "component": component}]
    assert locked["components"][0]["env"] == {"A": "b"}
    assert app.locate(component, "source") is None


def test_environment_of_the_command_line_wins(app_folder: Any, tmp_path: Path) -> None:
    app = App.load(app_folder(http_app('environment = { A = "1", B = "2" }')))
    settings = LockSettings(working_directory=tmp_path, cache_directory=tmp_path, environment={"A": "x", "C": "3"})
    assert app.lock(settings)["components"][0]["env"] == {"A": "x", "B": "2", "C": "3"}
    assert app.manifest.component["c"].environment == {"A": "1", "B": "2"}


def test_a_profile_changes_the_locked_app_and_is_named_in_it(app_folder: Any, tmp_path: Path) -> None:
    base = app_folder(http_app('[component.c.profile.dev]\nsource = "d.wasm"\nenvironment.X = "1"'), {"d.wasm": ""})
    settings = LockSettings(working_directory=tmp_path, cache_directory=tmp_path)
    locked = App.load(base, profile="dev").lock(settings)
    assert locked["metadata"]["profile"] == "dev"
    assert locked["components"][0]["source"]["source"].endswith("/d.wasm")
    assert locked["components"][0]["env"] == {"X": "1"}
    assert App.load(base).lock(settings)["components"][0]["source"]["source"].endswith("/c.wasm")


LOCATED = http_app(
    'allowed_outbound_hosts = ["http://a", "bad"]\n[component.c.tool.atoll.limits]\ndeadline = "1s"\n'
    '[[trigger.http]]\nroute = "/a/*/b"\ncomponent = "c"\ndependencies.middleware = [{ path = "c.wasm" }]\n'
    '[component.d]\nsource = "c.wasm"',
    top='[application.tool.atoll]\nfeatures = ["x", "y"]',
)


@pytest.mark.parametrize(
    ("component", "key", "value", "line", "marked"),
    [
        ("c", "allowed_outbound_hosts", "bad", 11, '"bad"'),
        ("c", "allowed_outbound_hosts", "from a template", 11, '["http://a", "bad"]'),
        ("c", "tool.atoll.limits.deadline", "1s", 13, '"1s"'),
        ("c", "tool.atoll.limits.deadline", "0", 13, '"1s"'),
        ("c", "tool.atoll.limits.memory", "0", 9, "c"),
        ("c", "route", "/a/*/b", 15, '"/a/*/b"'),
        ("c", "route", "/", 7, '"/"'),
        ("c-for-http-trigger1", "source", None, 10, '"c.wasm"'),
        ("c", None, None, 9, "c"),
        (None, "tool.atoll.features", "y", 5, '"y"'),
        (None, None, None, 2, "application"),
    ],
)
def test_a_problem_of_the_data_plane_is_located(
    app_folder: Any, component: str | None, key: str | None, value: str | None, line: int, marked: str
) -> None:
    place = App.load(app_folder(LOCATED)).locate(component, key, value)
    assert place is not None
    assert (place.line, place.source[place.column - 1 : place.column - 1 + place.length]) == (line, marked)


def test_a_component_that_the_manifest_does_not_have_has_no_place(app_folder: Any) -> None:
    assert App.load(app_folder(LOCATED)).locate("nobody", "source") is None
