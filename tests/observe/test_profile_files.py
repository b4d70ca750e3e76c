"""The files of a profile say the same in each tool's own format."""

import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from tests.observe.profiles import document, files, firefox, folded, frame, gathered, profile, speedscope
from tests.observe.test_profile_merged import DOCUMENTS

NUMBER = {"type": "number"}
TEXT = {"type": "string"}
SAMPLED = {
    "type": "object",
    "required": ["type", "name", "unit", "startValue", "endValue", "samples", "weights"],
    "properties": {
        "type": {"const": "sampled"},
        "name": TEXT,
        "unit": {"enum": ["milliseconds", "bytes"]},
        "startValue": NUMBER,
        "endValue": NUMBER,
        "samples": {"type": "array", "items": {"type": "array", "items": NUMBER}},
        "weights": {"type": "array", "items": NUMBER},
    },
}
FRAME = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": TEXT, "file": TEXT, "line": NUMBER, "col": NUMBER},
    "additionalProperties": False,
}
# What file-format-schema.json of the npm package `speedscope` asks of a file of sampled profiles.
SPEEDSCOPE = {
    "type": "object",
    "required": ["$schema", "shared", "profiles"],
    "properties": {
        "$schema": {"const": "https://www.speedscope.app/file-format-schema.json"},
        "shared": {"required": ["frames"], "properties": {"frames": {"type": "array", "items": FRAME}}},
        "profiles": {"type": "array", "items": SAMPLED},
        "name": TEXT,
        "exporter": TEXT,
        "activeProfileIndex": NUMBER,
    },
}
STACKS = {"main;sort": (5, 0), "main;grow;alloc": (2, 65536), "main;[u8; 4]": (1, 0)}


@pytest.mark.slow
@given(DOCUMENTS)
def test_all_formats_say_the_same(one: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = files(profile(one), Path(folder))
    counted = folded(told.get("profile.folded", ""))
    if "profile.firefox.json" not in told:
        assert not counted and "profile.speedscope.json" not in told
        return
    assert speedscope(told["profile.speedscope.json"]) == counted
    assert firefox(told["profile.firefox.json"])[0] == counted
    jsonschema.validate(json.loads(told["profile.speedscope.json"]), SPEEDSCOPE)
    indices_are_within(json.loads(told["profile.firefox.json"]))


def indices_are_within(told: dict[str, Any]) -> None:
    """As the Firefox Profiler's `src/types/profile.ts` has it: columns as long as their table, indices of rows."""
    shared = told["shared"]
    tables = [table for table in shared.values() if isinstance(table, dict)]
    tables += [table for thread in told["threads"] for table in thread.values() if isinstance(table, dict)]
    for table in tables:
        assert {len(column) for column in table.values() if isinstance(column, list)} == {table["length"]}
    indices = [
        (shared["sources"]["filename"], shared["stringArray"]),
        (shared["resourceTable"]["name"], shared["stringArray"]),
        (shared["resourceTable"]["lib"], told["libs"]),
        (shared["funcTable"]["name"], shared["stringArray"]),
        (shared["funcTable"]["source"], shared["sources"]["filename"]),
        ([one for one in shared["funcTable"]["resource"] if one != -1], shared["resourceTable"]["name"]),
        (shared["frameTable"]["func"], shared["funcTable"]["name"]),
        (shared["frameTable"]["category"], told["meta"]["categories"]),
        (shared["stackTable"]["frame"], shared["frameTable"]["func"]),
    ]
    for column, rows in indices:
        assert all(one is None or 0 <= one < len(rows) for one in column)
    # The viewer reads stacks in one pass.
    assert all(prefix is None or prefix < stack for stack, prefix in enumerate(shared["stackTable"]["prefix"]))
    for thread in told["threads"]:
        assert thread["samples"]["time"] == sorted(thread["samples"]["time"])


def test_memory_growth_is_in_the_formats_that_have_it(tmp_path: Path) -> None:
    told = files(profile(gathered("shop", STACKS)), tmp_path)
    (memory,) = (one for one in json.loads(told["profile.speedscope.json"])["profiles"] if one["unit"] == "bytes")
    assert memory["weights"] == [65536]
    assert firefox(told["profile.firefox.json"])[1] == {"shop;main;grow;alloc": 65536}


def test_firefox_shows_a_thread_a_component_with_files_lines_and_libraries(tmp_path: Path) -> None:
    frames = [frame("json::parse", "/x/json-1.2/src/read.rs", 12, 5), frame("main.handle", "/x/main.go", 3)]
    part = {"frames": frames, "stacks": [{"frames": [0, 1], "samples": 2, "grown": 0}], "host": []}
    told = json.loads(files(profile(json.dumps({"shop": part, "cart": part})), tmp_path)["profile.firefox.json"])
    shared = told["shared"]
    assert [thread["name"] for thread in told["threads"]] == ["cart", "shop"]
    assert [lib["name"] for lib in told["libs"]] == ["json", "main"]
    assert shared["frameTable"]["line"][:2] == [12, 3] and shared["frameTable"]["column"][:2] == [5, None]
    assert [shared["stringArray"][one] for one in shared["sources"]["filename"]] == [
        "/x/json-1.2/src/read.rs", "/x/main.go"
    ]  # fmt: skip


def test_speedscope_has_one_frame_a_function(tmp_path: Path) -> None:
    frames = [frame("sort", "lib.rs", 9), frame("sort", "lib.rs", 7)]
    stacks = [{"frames": [number], "samples": 1, "grown": 0} for number in (0, 1)]
    told = files(profile(json.dumps({"shop": {"frames": frames, "stacks": stacks, "host": []}})), tmp_path)
    assert json.loads(told["profile.speedscope.json"])["shared"]["frames"] == [
        {"name": "sort", "file": "lib.rs", "line": 7}
    ]


def test_collapsed_stacks_are_those_of_other_tools(tmp_path: Path) -> None:
    told = files(
        profile(gathered("shop", {"main;sort": (5, 0), "main": (1, 0)}), document("cart", go=(2, 0))), tmp_path
    )
    assert told["profile.folded"] == "cart;go 2\nshop;main 1\nshop;main;sort 5\n"


def test_host_calls_are_a_table(tmp_path: Path) -> None:
    rows = (("wasi:io/poll", "poll", 2, 3_000_000, 2_000_000), ("wasi:clocks", "now", 4, 1_000_000, 400_000))
    told = files(profile(document(host=rows)), tmp_path)
    head, first, second = told["host-calls.txt"].splitlines()
    assert head.split() == ["total", "ms", "share", "calls", "mean", "ms", "longest", "ms", "component:", "function"]
    assert first.split() == ["3.000", "75.0%", "2", "1.500", "2.000", "shop:", "wasi:io/poll", "poll"]
    assert second.split() == ["1.000", "25.0%", "4", "0.250", "0.400", "shop:", "wasi:clocks", "now"]


def test_of_an_earlier_profile_in_the_folder_nothing_is_left(tmp_path: Path) -> None:
    profile(gathered("shop", STACKS)).save(tmp_path)
    saved = profile(document(host=(("wasi:clocks", "now", 1, 1, 1),))).save(tmp_path)
    assert sorted(saved) == sorted(tmp_path.iterdir())
    assert {file.name for file in saved} == {"host-calls.txt", "profile.json"}


def test_what_was_saved_can_be_added_again(tmp_path: Path) -> None:
    merged = profile(gathered("shop", STACKS))
    again = profile(files(merged, tmp_path)["profile.json"])
    assert again.to_json() == merged.to_json()
