"""`atoll build`, as a person runs it."""

import json
import re
from pathlib import Path

import pytest

from atoll.testing import Up
from tests.build.apps import copying, module, written
from tests.cli.conftest import Atoll
from tests.support import ROOT, built, get, needs


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(module(name * 395))
    written(tmp_path, {"one": copying("one"), "two": copying("two")})
    return tmp_path


def test_each_component_has_a_line(atoll: Atoll, app: Path) -> None:
    said = atoll("build", "-j", "1")
    assert (said.code, said.out) == (0, "")
    # How long it takes, and whose last line is first, is the machine's affair.
    assert sorted(re.sub(r"\d\.\d s", "0.0 s", line) for line in said.err.splitlines()) == [
        "   built one  0.0 s, 1.2 kB",
        "   built two  0.0 s, 1.2 kB",
        "building one  cp one.txt one.wasm && echo x >> one.log",
        "building two  cp two.txt two.wasm && echo x >> two.log",
    ]
    assert atoll("build").err.splitlines() == [" current one  1.2 kB", " current two  1.2 kB"]
    (app / "two.txt").write_text("(module)")
    assert re.search(r"^   built two  \d\.\d s, 8 B \(-1\.2 kB\)$", atoll("build").err, re.MULTILINE)


def test_a_compiler_s_own_words_stand_before_ours(atoll: Atoll, app: Path) -> None:
    written(
        app, {"one": 'source = "one.wasm"\nbuild.command = "echo main.c:3: no >&2; exit 2"\n', "two": copying("two")}
    )
    said = atoll("build")
    assert said.code == 1
    lines = said.err.splitlines()
    assert lines.index("main.c:3: no") < lines.index("  failed one  0.0 s")
    assert "error: component `one`: `echo main.c:3: no >&2; exit 2` ended with code 2" in lines
    assert any(line.startswith(" --> spin.toml:") or "spin.toml:" in line for line in lines)


def test_programs_are_told_in_json(atoll: Atoll, app: Path) -> None:
    said = atoll("build", "--format", "json")
    records = sorted((json.loads(line) for line in said.out.splitlines()), key=lambda record: record["component"])
    assert [(record["component"], record["status"], record["size"]) for record in records] == [
        ("one", "built", 1200),
        ("two", "built", 1200),
    ]
    failed = atoll("--json", "build", "-c", "three")
    assert json.loads(failed.err)["problems"][0]["code"] == "component-unknown"


def test_an_app_without_builds_is_built_already(atoll: Atoll, tmp_path: Path) -> None:
    written(tmp_path, {"one": 'source = "one.wasm"\n'})
    said = atoll("build")
    assert (said.code, said.err) == (0, "app: no component has a build command\n")


def test_an_argument_for_nobody_is_refused(atoll: Atoll, app: Path) -> None:
    said = atoll("build", "--listen", "127.0.0.1:0")
    assert said.code == 1
    assert "what follows `--up` is for `atoll up`" in said.err


@pytest.mark.slow
@pytest.mark.parametrize("command, option", [("build", "--up"), ("up", "--build")])
def test_it_serves_what_it_has_built(command: str, option: str, tmp_path: Path) -> None:
    source = built("c-http")
    keys = f'source = "web.wasm"\nbuild = {{ command = "cp {source} web.wasm", watch = ["spin.toml"] }}\n'
    written(tmp_path, {"web": keys})
    options = [option, "--listen", "127.0.0.1:0", "--workers", "1"]
    started = Up(["-f", str(tmp_path), *options], command=command)
    try:
        started.wait_until_serving()
        assert get(f"{started.url}/web").status_code == 200
        assert "built web" in started.stderr
    finally:
        assert started.stop() == 0


@pytest.mark.slow
def test_a_python_app_is_built_by_its_own_toolchain(atoll: Atoll, tmp_path: Path) -> None:
    """And again once its source changed."""
    needs("componentize-py")
    wit = ROOT / "wit/wasi-0.2.12"
    (tmp_path / "app.py").write_text((ROOT / "examples/hello/app.py").read_text("utf-8"))
    command = f"componentize-py -d {wit} -w http componentize app -o web.wasm"
    keys = f'source = "web.wasm"\nbuild = {{ command = "{command}", watch = ["*.py"] }}\n'
    written(tmp_path, {"web": keys})
    said = atoll("build")
    assert said.code == 0, said.err
    assert (tmp_path / "web.wasm").read_bytes()[:4] == b"\0asm"
    assert " current web" in atoll("build").err
    (tmp_path / "app.py").write_text("no python")
    said = atoll("build")
    assert said.code == 1
    assert "SyntaxError" in said.err


def test_json_is_short_for_its_format(atoll: Atoll, tmp_path: Path) -> None:
    written(tmp_path, {"one": 'source = "one.wat"\nbuild.command = "cp empty.wat one.wat"\n'})
    (said,) = map(json.loads, atoll("build", "--json").out.splitlines())
    assert (said["component"], said["status"]) == ("one", "built")
