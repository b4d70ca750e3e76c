"""Spin's own answers about locked apps: the document, files, selections, refusals."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from atoll.app import App
from atoll.errors import AtollError, Problems
from atoll.lock import LockSettings

from .conftest import GOLDENS, http_app

UI = GOLDENS / "loader-ui"
CASES = json.loads((GOLDENS / "loader-cases" / "cases.json").read_text("utf-8"))
# Spin takes the last of two components with one id; a duplicate is refused here.
LOCKS = sorted(path for path in UI.rglob("*.lock") if path.stem != "invalid-manifest-duplicate-id")
# The grammar of allowed hosts is the data plane's: its refusals are tested there.
GRAMMAR = {"invalid-variable-default-in-allowed-hosts"}
ERRORS = sorted(path for path in UI.glob("*.err") if path.stem not in GRAMMAR)
ZERO_DIGEST = f"sha256:{'0' * 64}"


@pytest.fixture
def world(tmp_path: Path) -> tuple[Path, LockSettings]:
    """The golden folder, with the wasm files that its notes ask for, and a cache that knows the zero digest."""
    folder = tmp_path / "loader-ui"
    shutil.copytree(UI, folder)
    (folder / "valid-with-files" / "spin-fs.wasm").touch()
    (folder / "wasm").mkdir(exist_ok=True)
    for name in ("dummy.wasm", "dummy2.wasm"):
        (folder / "wasm" / name).touch()
    cache = tmp_path / "cache" / "spin"
    (cache / "registry" / "wasm").mkdir(parents=True)
    (cache / "registry" / "wasm" / ZERO_DIGEST).touch()
    return folder, LockSettings(working_directory=tmp_path / "work", cache_directory=cache)


def filled(golden: Path, manifest: Path, settings: LockSettings) -> Any:
    text = golden.read_text("utf-8")
    for mark, path in (
        ("test-dir", manifest.parent),
        ("temp-dir", settings.working_directory),
        ("cache-dir", settings.cache_directory.parent),
    ):
        text = text.replace(f"<{mark}>", str(path))
    return json.loads(text)


@pytest.mark.parametrize("golden", LOCKS, ids=lambda path: path.stem)
def test_a_manifest_locks_to_spins_document(golden: Path, world: tuple[Path, LockSettings]) -> None:
    folder, settings = world
    manifest = (folder / golden.relative_to(UI)).with_suffix(".toml")
    locked = App.load(manifest).lock(settings)
    assert locked == filled(golden, manifest, settings)
    assert json.loads(json.dumps(locked)) == locked


def test_the_golden_locks_are_all_there() -> None:
    assert (len(LOCKS), len(ERRORS)) == (6, 4)


def test_files_are_copied_as_they_are(world: tuple[Path, LockSettings]) -> None:
    folder, settings = world
    App.load(folder / "valid-with-files").lock(settings)
    copies = settings.working_directory / "assets" / "fs"
    for file in ("static/alphabet/a", "static/numbers/3"):
        assert (copies / file).read_bytes() == (UI / "valid-with-files" / file).read_bytes()


@pytest.mark.parametrize("golden", ERRORS, ids=lambda path: path.stem)
def test_a_manifest_that_spin_refuses_is_refused(golden: Path, world: tuple[Path, LockSettings]) -> None:
    folder, settings = world
    with pytest.raises(AtollError) as caught:
        App.load(folder / golden.with_suffix(".toml").name).lock(settings)
    found = caught.value.problems if isinstance(caught.value, Problems) else (caught.value,)
    assert all(problem.location and problem.exit_code == 1 for problem in found)
    if golden.stem != "invalid-manifest":  # a parser's own words for a syntax error
        last = golden.read_text("utf-8").strip().splitlines()[-1]
        assert last.split(": ", 1)[-1].strip() in "\n".join(problem.message for problem in found) + str(caught.value)


def test_two_components_of_one_id_are_refused(world: tuple[Path, LockSettings]) -> None:
    folder, _ = world
    with pytest.raises(AtollError) as caught:
        App.load(folder / "invalid-manifest-duplicate-id.toml")
    assert caught.value.code == "id-duplicate"
    assert caught.value.location and caught.value.location.line == 13


@pytest.mark.parametrize("case", CASES["load"], ids=lambda case: case["manifest"])
def test_a_loader_case_gives_spins_components_and_middleware(case: dict[str, Any], tmp_path: Path) -> None:
    app = App.load(GOLDENS / "loader-cases" / case["manifest"])
    settings = LockSettings(working_directory=tmp_path / "work", cache_directory=tmp_path / "cache")
    if "error_contains" in case:
        with pytest.raises(AtollError, match=re.escape(case["error_contains"])):
            app.lock(settings)
        return
    locked = app.lock(settings)
    assert (len(locked["triggers"]), len(locked["components"])) == (case["triggers"], case["components"])
    component_of = {one["trigger_config"]["route"]: one["trigger_config"]["component"] for one in locked["triggers"]}
    by_id = {component["id"]: component for component in locked["components"]}
    for route, component in case.get("component_of_route", {}).items():
        assert component_of[route] == component
    for route, component in case.get("component_of_route_is_not", {}).items():
        assert component_of[route] != component
    for route, file in case.get("source_file_of_route", {}).items():
        assert by_id[component_of[route]]["source"]["source"].endswith(f"/{file}")
    for route, files in case.get("middleware_files_of_route", {}).items():
        middleware = by_id[component_of[route]]["trigger_dependencies"]["middleware"]
        assert [one["source"]["source"].rsplit("/", 1)[1] for one in middleware] == files
    assert not any("trigger_dependencies" in trigger for trigger in locked["triggers"])


@pytest.mark.parametrize("case", CASES["selection_of_components"], ids=lambda case: "+".join(case["selected"]))
def test_a_selection_is_run_or_refused_as_in_spin(case: dict[str, Any], app_folder: Any, tmp_path: Path) -> None:
    lines = ['spin_manifest_version = 2\n[application]\nname = "t"\n[variables]\nhost = { default = "x" }']
    for name, hosts in case["manifest_components"].items():
        lines.append(f'[[trigger.http]]\nroute = "/{name}"\ncomponent = "{name}"')
        lines.append(f'[component.{name}]\nsource = "c.wasm"\nallowed_outbound_hosts = {json.dumps(hosts)}')
    settings = LockSettings(
        working_directory=tmp_path / "work", cache_directory=tmp_path / "c", components=tuple(case["selected"])
    )
    app = App.load(app_folder("\n".join(lines)))
    if case["error"]:
        with pytest.raises(AtollError) as caught:
            app.lock(settings)
        assert caught.value.message == case["error"]
        assert caught.value.location and "spin.internal" in caught.value.location.source
    else:
        locked = app.lock(settings)
        assert {component["id"] for component in locked["components"]} == set(case["selected"])
        assert {one["trigger_config"]["component"] for one in locked["triggers"]} == set(case["selected"])


def test_selecting_a_component_that_does_not_exist_is_refused(app_folder: Any, tmp_path: Path) -> None:
    settings = LockSettings(working_directory=tmp_path, cache_directory=tmp_path, components=("d",))
    with pytest.raises(AtollError, match="the app has no component `d`"):
        App.load(app_folder(http_app())).lock(settings)
