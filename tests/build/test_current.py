"""A component is built again when something changed that it is made of, and only then."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from atoll.app import App
from atoll.build import Report, Way
from tests.build.apps import build, copying, count, module, said, written


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app of two components that are built."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(module(name))
    folder = write(tmp_path)
    assert said(again(folder)) == [("one", "built"), ("two", "built")]
    return folder


def write(folder: Path, one: str | None = None) -> Path:
    written(folder, {"one": one or copying("one"), "two": copying("two")})
    return folder


def again(folder: Path, way: Way | None = None) -> list[Report]:
    return build(App.load(folder), way=way)


def test_nothing_changed_and_nothing_is_built(app: Path) -> None:
    told = again(app)
    assert said(told) == [("one", "current"), ("two", "current")]
    assert [one.after for one in told] == [18, 18]
    assert (count(app, "one"), count(app, "two")) == (1, 1)


def test_what_is_forced_is_built(app: Path) -> None:
    assert said(again(app, Way(force=True))) == [("one", "built"), ("two", "built")]


CHANGES: dict[str, Callable[[Path], object]] = {
    "a source": lambda app: (app / "one.txt").write_text(module("other")),
    "a source of the same size": lambda app: (app / "one.txt").write_text(module("eno")),
    "the command": lambda app: write(app, copying("one").replace("cp ", "cp -f ")),
    "the globs": lambda app: write(add(app), copying("one").replace('["one.txt"]', '["one.txt", "*.c"]')),
    "the output": lambda app: (app / "one.wasm").write_text(module("eno")),
    "the output is gone": lambda app: (app / "one.wasm").unlink(),
    "the record is gone": lambda app: (app / ".spin/build/one.json").unlink(),
    "the record is damaged": lambda app: (app / ".spin/build/one.json").write_text('{"commands":'),
    "the record is another's": lambda app: (app / ".spin/build/one.json").write_text("[]"),
}


def add(app: Path) -> Path:
    (app / "more.c").write_text("int x;")
    return app


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_built_alone_and_once(change: str, app: Path) -> None:
    CHANGES[change](app)
    assert said(again(app)) == [("one", "built"), ("two", "current")]
    assert said(again(app)) == [("one", "current"), ("two", "current")]
    assert (app / "one.wasm").read_text() == (app / "one.txt").read_text()


def test_a_file_that_is_added_or_removed_is_a_change(tmp_path: Path) -> None:
    keys = 'source = "one.wasm"\nbuild = { command = "cat src/*.txt empty.wat > one.wasm", watch = ["src/**/*.txt"] }\n'
    app = written(tmp_path, {"one": keys})
    (tmp_path / "src").mkdir()
    for name, text in (("a", "a"), ("b", "ab")):
        (tmp_path / "src" / f"{name}.txt").write_text(f";; {name}\n")
        assert said(build(app)) == [("one", "built")]
        assert (tmp_path / "one.wasm").read_text() == "".join(f";; {letter}\n" for letter in text) + "(module)\n"
    (tmp_path / "src/a.txt").unlink()
    assert said(build(app)) == [("one", "built")]
    assert said(build(app)) == [("one", "current")]


def test_a_file_with_another_time_and_the_same_content_is_no_change(app: Path) -> None:
    for name in ("one.txt", "one.wasm"):
        os.utime(app / name, (1, 1))
    assert said(again(app)) == [("one", "current"), ("two", "current")]


def test_another_version_of_the_tool_is_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "bin/compile"
    tool.parent.mkdir()
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    keys = 'source = "one.wasm"\nbuild = { command = "compile > one.wasm", watch = ["spin.toml"] }\n'
    app = written(tmp_path, {"one": keys})
    for version in ("1", "2"):
        tool.write_text(f"#!/bin/sh\necho '{module(version)}'\n")
        tool.chmod(0o755)
        assert said(build(app)) == [("one", "built")]
        assert said(build(app)) == [("one", "current")]
        assert (tmp_path / "one.wasm").read_text() == f"{module(version)}\n"


def test_without_globs_nobody_knows_and_it_is_built(tmp_path: Path) -> None:
    app = written(tmp_path, {"one": 'source = "one.wasm"\nbuild.command = "cp empty.wat one.wasm"\n'})
    assert [said(build(app)) for _ in range(2)] == [[("one", "built")]] * 2


def test_a_source_that_changes_while_it_is_built_makes_another_build(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(module("before"))
    command = f"cp one.txt one.wasm; echo '{module('after')}' > one.txt"
    keys = f'source = "one.wasm"\nbuild = {{ command = "{command}", watch = ["one.txt"] }}\n'
    app = written(tmp_path, {"one": keys})
    assert said(build(app)) == said(build(app)) == [("one", "built")]
    assert (tmp_path / "one.wasm").read_text() == f"{module('after')}\n"
    assert said(build(app)) == [("one", "current")]


def test_an_output_among_the_watched_files_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(module("one"))
    keys = 'source = "one.wasm"\nbuild = { command = "cp one.txt one.wasm", watch = ["one.*"] }\n'
    app = written(tmp_path, {"one": keys})
    assert [said(build(app)) for _ in range(2)] == [[("one", "built")], [("one", "current")]]


@pytest.mark.slow
def test_ten_current_components_take_no_time(tmp_path: Path) -> None:
    """As a person sees it: the whole command, against a bar that is three times what it should take."""
    names = [f"c{number}" for number in range(10)]
    for name in names:
        (tmp_path / f"{name}.txt").write_text(module(name))
    written(tmp_path, {name: copying(name) for name in names})
    command = [sys.executable, "-P", "-m", "atoll", "build", "-f", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    taken = []
    for _ in range(3):
        began = time.monotonic()
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        taken.append(time.monotonic() - began)
        assert ended.stderr.count(" current ") == 10
    assert min(taken) < 0.6
