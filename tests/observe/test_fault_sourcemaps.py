"""Places of bundled and compiled JavaScript are those of the TypeScript that it was made from."""

import base64
import json
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atoll.observe.fault.sourcemap import SourceMap, inline, named
from atoll.observe.fault.sources import Sources
from atoll.observe.fault.told import Place
from tests.support import ROOT

CASES = ROOT / "tests/cases/source_maps"
# Where node says that each of them failed, in the two functions.
FAILURES = {
    "esbuild": [("app.js", 4, 28), ("app.js", 10, 10)],
    "inline": [("app.js", 1, 27), ("app.js", 1, 85)],
    "bare": [("app.js", 4, 28), ("app.js", 10, 10)],
    "tsc": [("greeting.js", 6, 27), ("app.js", 7, 36)],
    "rolldown": [("app.js", 3, 28), ("app.js", 8, 9)],
}


def project(tmp_path: Path, case: str) -> Sources:
    for name in ("src", case):
        shutil.copytree(CASES / name, tmp_path / name)
    return Sources({"web": str(tmp_path)}, "web")


@pytest.mark.parametrize("case", FAILURES)
def test_a_place_of_generated_code_is_that_of_its_source(tmp_path: Path, case: str) -> None:
    sources = project(tmp_path, case)
    inner, outer = (sources.find(Place(*place)) for place in FAILURES[case])
    assert inner is not None and outer is not None
    assert (inner.where, inner.own) == ("src/greeting.ts:7", True)
    assert "fails here" in inner.text[6]
    assert outer.where == "src/app.ts:9"
    assert outer.text[8].strip() == "return greeting(people);"


def test_the_text_of_a_source_that_is_not_there_comes_from_the_map(tmp_path: Path) -> None:
    sources = project(tmp_path, "esbuild")
    shutil.rmtree(tmp_path / "src")
    found = sources.find(Place("app.js", 4, 28))
    assert found is not None
    assert (found.where, found.own) == ("../src/greeting.ts:7", False)
    assert "fails here" in found.text[6]


def test_a_script_without_its_map_is_shown_itself(tmp_path: Path) -> None:
    sources = project(tmp_path, "esbuild")
    (tmp_path / "esbuild/app.js.map").unlink()
    found = sources.find(Place("app.js", 4, 28))
    assert found is not None
    assert found.where == "esbuild/app.js:4"


@pytest.mark.parametrize("broken", [b"", b"{}", b"[" * 100_000, b'{"version": 2, "sources": [], "mappings": ""}'])
def test_a_script_with_a_broken_map_is_shown_itself(tmp_path: Path, broken: bytes) -> None:
    sources = project(tmp_path, "esbuild")
    (tmp_path / "esbuild/app.js.map").write_bytes(broken)
    found = sources.find(Place("app.js", 4, 28))
    assert found is not None
    assert found.where == "esbuild/app.js:4"


def test_of_scripts_that_share_a_name_the_one_with_a_map_has_run(tmp_path: Path) -> None:
    sources = project(tmp_path, "esbuild")
    (tmp_path / "src/app.js").write_text("// another\n" * 20)
    found = sources.find(Place("app.js", 10, 10))
    assert found is not None
    assert found.where == "src/app.ts:9"


def test_a_map_that_leads_out_of_the_folder_reads_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "secret.ts").write_text("const key = 1;\n")
    app = tmp_path / "app"
    app.mkdir()
    (app / "app.js").write_text("a\n//# sourceMappingURL=../app.js.map\n")
    for source in ("../secret.ts", str(tmp_path / "secret.ts"), f"file://{tmp_path}/secret.ts"):
        document = {"version": 3, "sources": [source], "mappings": "AAAA", "names": []}
        (app / "app.js.map").write_text(json.dumps(document))
        found = Sources({"": str(app)}, "").find(Place("app.js", 1, 1))
        assert found is not None
        assert found.where == "app.js:1"


def test_a_linked_map_outside_of_the_folder_is_not_read(tmp_path: Path) -> None:
    app = tmp_path / "app"
    shutil.copytree(CASES / "esbuild", app)
    (app / "app.js.map").rename(tmp_path / "app.js.map")
    (app / "app.js.map").symlink_to(tmp_path / "app.js.map")
    found = Sources({"": str(app)}, "").find(Place("app.js", 4, 28))
    assert found is not None
    assert found.where == "app.js:4"


def test_sources_below_a_root_and_without_a_name_and_unmapped_parts() -> None:
    document = {
        "version": 3,
        "sourceRoot": "/base/",
        "sources": ["a.ts", None],
        "mappings": "CAAC,CCAC,C;;A",
        "names": [],
    }
    found = SourceMap(json.dumps(document))
    assert found.find(1, 1) is None
    assert found.find(1, 2) == ("/base/a.ts", 1, 2, None)
    assert found.find(1, 3) is None
    assert found.find(1, 4) is None
    assert found.find(2, 1) is None
    assert found.find(3, 1) is None
    assert found.find(4, 1) is None
    assert found.find(0, 1) is None
    assert found.find(1, None) == ("/base/a.ts", 1, 2, None)


def test_the_address_of_a_map_is_that_of_the_last_comment() -> None:
    assert named("//# sourceMappingURL=a.map\ncode()\n//# sourceMappingURL=b.map\n") == "b.map"
    assert named("//@ sourceMappingURL=old.map") == "old.map"
    assert named("// nothing") is None
    held = base64.b64encode(b"{}").decode()
    assert inline(f"data:application/json;charset=utf-8;base64,{held}") == b"{}"
    assert inline("app.js.map") is None
    with pytest.raises(ValueError):
        inline("data:application/json;base64,%%%")


@settings(deadline=None)
@given(st.text("ABCgh+/9,;=", max_size=40), st.integers(-3, 9), st.none() | st.integers(-3, 99))
def test_whatever_the_mappings_are_there_is_an_answer(mappings: str, line: int, column: int | None) -> None:
    document = json.dumps({"version": 3, "sources": ["a.ts"], "mappings": mappings})
    try:
        found = SourceMap(document)
    except ValueError:
        return
    original = found.find(line, column)
    assert original is None or (original.source == "a.ts" and original.line > 0 and original.column > 0)


def test_a_large_map_is_read_in_seconds() -> None:
    document = json.dumps({"version": 3, "sources": ["a.ts"], "mappings": ";".join(["AAAA,CAAC,EAAE,GAAG"] * 50_000)})
    began = time.monotonic()
    assert SourceMap(document).find(50_000, 1) is not None
    assert time.monotonic() - began < 20
