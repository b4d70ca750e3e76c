"""`atoll inspect`: what a file is and what it needs, told without running it, whatever it is."""

import hashlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from atoll import __version__, host
from atoll.capabilities import registry
from atoll.errors import AtollError
from atoll.manifest import grants, model
from atoll.manifest.fields import known_keys
from tests.cli.conftest import Atoll
from tests.hostile import bombs
from tests.hostile.test_shapes import SHAPES
from tests.support import built

ALL = re.compile(r"imports: 0\n|runs on: .*\batoll ")


def described(atoll: Atoll, guest: str | Path) -> dict[str, Any]:
    said = atoll("inspect", "--json", str(built(guest) if isinstance(guest, str) else guest))
    assert (said.code, said.err) == (0, "")
    told: dict[str, Any] = json.loads(said.out)
    return told


def told(atoll: Atoll, guest: str | Path) -> str:
    said = atoll("inspect", str(built(guest) if isinstance(guest, str) else guest))
    assert (said.code, said.err) == (0, "")
    return said.out


def from_text(folder: Path, text: str) -> Path:
    file = folder / "guest.wat"
    file.write_text(text)
    return file


def grants_of(one: dict[str, Any]) -> dict[str, str]:
    """The key that grants each import, without its version."""
    return {each["name"].partition("@")[0]: each["grant"] for each in one["imports"]}


@pytest.mark.parametrize(
    ("guest", "handler", "wasi"),
    [
        ("c-http", "http02", ["0.2.12"]),
        ("rust-http", "http02", ["0.2.12"]),
        ("go-http", "http02", ["0.2.12"]),
        ("js-http", "http02", ["0.2.10", "0.2.12"]),
        ("python-http", "http02", ["0.2.9", "0.2.12"]),
        ("rust-http-p3", "http03", ["0.2.6", "0.3.0"]),
        ("js-http-p3", "http03", ["0.2.12", "0.3.0"]),
        ("python-http-p3rc", "http03", ["0.2.9", "0.3.0-rc-2026-03-15"]),
        ("rust-inbound-http-core", "spin-http", ["0.2.12"]),
        ("c-cli-p1", "command01", ["0.1"]),
        ("c-cli-p2", "command02", ["0.2.12"]),
        ("python-cli-p3", "command03", ["0.2.9", "0.3.0"]),
    ],
)
def test_a_guest_says_how_it_is_called_and_which_wasi_it_speaks(
    atoll: Atoll, guest: str, handler: str, wasi: list[str]
) -> None:
    one = described(atoll, guest)
    assert (one["handler"], one["wasi"], one["refusal"]) == (handler, wasi, None)
    assert {each["answer"] for each in one["imports"]} <= {"host", "optional"}
    assert one["digest"] == f"sha256:{hashlib.sha256(built(guest).read_bytes()).hexdigest()}"
    assert one["size"] == built(guest).stat().st_size
    assert one["asynchronous"] == handler.endswith("03")
    assert f"atoll {__version__}" in told(atoll, guest)


def test_each_import_stands_under_the_key_that_grants_it(atoll: Atoll) -> None:
    keys = grants_of(described(atoll, "rust-rooms"))
    assert {
        "fermyon:spin/key-value": "key_value_stores",
        "wasi:keyvalue/batch": "key_value_stores",
        "spin:sqlite/sqlite": "sqlite_databases",
        "fermyon:spin/llm": "ai_models",
        "fermyon:spin/config": "variables",
        "wasi:config/store": "variables",
        "wasi:blobstore/container": "tool.atoll.blobstores",
        "wasmcloud:messaging/producer": "tool.atoll.messaging",
        "wasi:http/outgoing-handler": "allowed_outbound_hosts",
        "fermyon:spin/redis": "allowed_outbound_hosts",
        "fermyon:spin/mqtt": "allowed_outbound_hosts",
        "fermyon:spin/mysql": "allowed_outbound_hosts",
        "spin:postgres/postgres": "allowed_outbound_hosts",
        "wasi:cli/environment": "environment",
    }.items() <= keys.items()
    assert grants_of(described(atoll, "rust-kitchen"))["wasi:filesystem/preopens"] == "files"
    assert {name for name, key in keys.items() if key is None} >= {
        "wasi:logging/logging",
        "wasi:otel/logs",
        "wasi:cli/stderr",
        "wasi:http/types",
        "wasi:io/streams",
    }
    lines = told(atoll, "rust-rooms").splitlines()
    group = lines[lines.index("  key_value_stores") + 1 :]
    assert group[0] == "    fermyon:spin/key-value"
    assert "  nothing to be granted" in lines


def test_every_room_of_the_data_plane_has_its_key_and_every_key_is_one_of_the_manifest() -> None:
    assert set(grants.ROOMS) == {room for room in host.interfaces() if room} == set(registry.rooms()) - {"custom"}
    own = {f"tool.atoll.{name}" for name in known_keys(model.ComponentSettings)}
    named = {key for key in grants.ROOMS.values() if key}
    named |= {key for name in host.interfaces()[""] if (key := grants.key(name, None))}
    assert named <= {*known_keys(model.Component), *own}
    assert grants.OBJECTS.removeprefix("application.tool.atoll.") in known_keys(model.AppSettings)


def test_an_interface_of_an_apps_own_wants_an_object_and_one_that_an_sdk_brings_along_does_not(
    atoll: Atoll, tmp_path: Path
) -> None:
    wat = '(component (import "acme:crm/directory@1.0.0" (instance (export "find" (func)))) {})'
    file = from_text(tmp_path, wat.format('(import "fermyon:spin/unheard-of" (instance (export "f" (func))))'))
    one = described(atoll, file)
    assert [(each["name"], each["answer"]) for each in one["imports"]] == [
        ("acme:crm/directory@1.0.0", "object"),
        ("fermyon:spin/unheard-of", "optional"),
    ]
    assert {each["grant"] for each in one["imports"]} == {"application.tool.atoll.imports"}
    text = told(atoll, file)
    assert "  application.tool.atoll.imports, or atoll.load(imports=…)\n    acme:crm/directory@1.0.0\n" in text
    assert "calls trap\n" in text


@pytest.mark.parametrize(
    "wrong",
    [
        '(import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result string)))))',
        '(import "wasi:random/random@0.2.0" (instance (export "roll" (func))))',
        '(import "wasi:random/random@0.2.0-rc-2023-11-10" (instance (export "get-random-u64" (func (result u64)))))',
        '(import "wasi:random/random@9.0.0" (instance (export "get-random-u64" (func (result u64)))))',
        '(import "fermyon:spin/key-value" (instance (export "roll" (func))))',
    ],
)
def test_an_import_that_has_the_right_name_and_another_type_or_version_is_answered_by_nobody(
    atoll: Atoll, tmp_path: Path, wrong: str
) -> None:
    file = from_text(tmp_path, f"(component {wrong})")
    one = described(atoll, file)
    assert [each["answer"] for each in one["imports"]] == ["nobody"]
    assert one["imports"][0]["name"] in one["refusal"]
    assert f"not on atoll {__version__}" in told(atoll, file)


def test_a_later_patch_of_wasi_is_answered_by_the_one_that_is_here(atoll: Atoll, tmp_path: Path) -> None:
    file = from_text(
        tmp_path,
        '(component (import "wasi:random/random@0.2.99" (instance (export "get-random-u64" (func (result u64))))))',
    )
    one = described(atoll, file)
    assert ([each["answer"] for each in one["imports"]], one["refusal"]) == (["host"], None)


@pytest.mark.parametrize(
    ("guest", "shown"),
    [
        ("rust-plugin", "  render                     func(markdown: string) -> string\n"),
        ("python-plugin", "  transform  func(document: string, path: string) -> result<string, string>\n"),
        (
            "js-plugin",
            "  package acme:slug@0.1.0 {\n    interface slug {\n      slugify: func(text: string) -> string;\n",
        ),
        ("c-plugin", "func("),
    ],
)
def test_a_library_shows_the_functions_of_its_world(atoll: Atoll, guest: str, shown: str) -> None:
    text = told(atoll, guest)
    assert "handler: none: a library, whose exports `atoll.load` and `atoll call` call by name\n" in text
    assert re.sub(" +", " ", shown) in re.sub(" +", " ", text.partition("\nexports: ")[2].partition("\nsections ")[0])
    assert described(atoll, guest)["world"] == atoll("inspect", "--wit", str(built(guest))).out


def test_a_core_module_that_stays_one_shows_imports_and_exports_with_their_types(atoll: Atoll) -> None:
    one = described(atoll, "core-module")
    assert (one["form"], one["runs_as"], one["handler"]) == ("core module", "library", None)
    assert "cannot become a component" in one["problem"]
    assert all(each["type"] for each in (*one["imports"], *one["exports"]))
    functions = [each for each in one["exports"] if each["kind"] == "function"]
    assert functions and all(each["type"].startswith("(func") for each in functions)
    text = told(atoll, "core-module")
    assert "atoll.load(imports=…)" in text or "imports: 0\n" in text
    said = atoll("inspect", "--wit", str(built("core-module")))
    assert (said.code, said.out) == (1, "")


def test_a_command_of_preview_1_shows_its_functions_under_what_grants_them(atoll: Atoll) -> None:
    one = described(atoll, "c-cli-p1")
    keys = {each["name"]: each["grant"] for each in one["imports"]}
    assert keys["wasi_snapshot_preview1#path_open"] == "files"
    assert keys["wasi_snapshot_preview1#environ_get"] == "environment"
    assert keys["wasi_snapshot_preview1#fd_write"] is None
    assert re.search(r"  _start +\(func\)  atoll run\n", told(atoll, "c-cli-p1"))


def test_a_function_that_preview_1_does_not_have_is_answered_by_nobody(atoll: Atoll, tmp_path: Path) -> None:
    wat = '(module (import "wasi_snapshot_preview1" "{}" (func {})) (func (export "_start")))'
    for name, ty in (("fd_fly", "(param i32)"), ("fd_write", "(param f64)")):
        one = described(atoll, from_text(tmp_path, wat.format(name, ty)))
        assert [each["answer"] for each in one["imports"]] == ["nobody"]
        assert name in one["refusal"]


def test_sizes_add_up_over_nested_modules(atoll: Atoll) -> None:
    for guest in ("rust-http", "python-http", "c-cli-p1"):
        one = described(atoll, guest)
        sections = {each["name"]: each for each in one["sections"]}
        parts = one["parts"]
        assert parts[0]["size"] == one["size"]
        for kind in ("code", "data", "custom"):
            assert sections.get(kind, {"size": 0})["size"] == sum(part[kind] for part in parts)
        assert 0.9 < sum(each["size"] for each in one["sections"]) / one["size"] <= 1
        assert one["functions"]["count"] == sum(part["functions"] for part in parts)
        assert sum(part["custom"] for part in parts) == sum(each["size"] for each in one["custom_sections"])
        assert all(parts[part["parent"]]["depth"] == part["depth"] - 1 for part in parts[1:])


def test_the_biggest_functions_are_named_as_their_source_names_them(atoll: Atoll, tmp_path: Path) -> None:
    wat = "(module (func $small nop) (func $_ZN4core3fmt5write17h0123456789abcdefE nop nop nop) (func nop nop))"
    functions = described(atoll, from_text(tmp_path, wat))["functions"]
    assert [(each["name"], each["index"]) for each in functions["biggest"]] == [
        ("core::fmt::write", 1),
        ("function 2", 2),
        ("small", 0),
    ]
    biggest = described(atoll, "go-cli-p1")["functions"]["biggest"]
    assert len(biggest) == 10
    assert [each["size"] for each in biggest] == sorted((each["size"] for each in biggest), reverse=True)
    assert not any(each["name"].startswith("function ") for each in biggest)


def test_tools_leave_their_names(atoll: Atoll, tmp_path: Path) -> None:
    assert "wit-bindgen-rust" in {tool["name"] for tool in described(atoll, "rust-http")["producers"]}
    file = from_text(
        tmp_path,
        '(module $shop (@producers (language "Wat" "1") (sdk "none" "")) (@custom "licenses" "MIT") '
        '(@custom ".debug_info" "12345") (@custom "x" "1") (@custom "x" "2"))',
    )
    one = described(atoll, file)
    assert [(tool["field"], tool["name"], tool["version"]) for tool in one["producers"]] == [
        ("language", "Wat", "1"),
        ("sdk", "none", ""),
    ]
    assert (one["name"], one["metadata"], one["debug_info"], one["text"]) == ("shop", {"licenses": "MIT"}, 5, True)
    assert {each["name"]: each["count"] for each in one["custom_sections"]}["x"] == 2
    assert "made with: Wat 1, none\n" in told(atoll, file)


@pytest.mark.parametrize(
    ("guest", "feature", "support"),
    [
        ("wat-exceptions", "exceptions", "always"),
        ("wat-extended-const", "extended-const", "always"),
        ("wat-function-references", "function-references", "always"),
        ("wat-gc", "gc", "always"),
        ("wat-memory64", "memory64", "always"),
        ("wat-multi-memory", "multi-memory", "always"),
        ("wat-relaxed-simd", "relaxed-simd", "always"),
        ("wat-simd", "simd", "always"),
        ("wat-tail-call", "tail-call", "always"),
        ("wat-threads", "threads", "always"),
        ("wat-custom-page-sizes", "custom-page-sizes", "switched"),
        ("wat-wide-arithmetic", "wide-arithmetic", "switched"),
    ],
)
def test_what_a_guest_needs_of_wasm_is_named_with_what_atoll_makes_of_it(
    atoll: Atoll, guest: str, feature: str, support: str
) -> None:
    assert {"name": feature, "support": support} in described(atoll, guest)["features"]
    text = told(atoll, guest)
    assert (f'`features = ["{feature}"]` of the app' in text) == (support == "switched")


def test_a_plain_guest_needs_nothing_of_wasm_that_is_new(atoll: Atoll) -> None:
    assert described(atoll, "c-http")["features"] == []
    assert "wasm features" not in told(atoll, "c-http")


def test_a_feature_that_atoll_does_not_have_is_said(atoll: Atoll, tmp_path: Path) -> None:
    file = tmp_path / "guest.wasm"
    file.write_bytes(bombs.module([b"\x06\x40\x19\x0b"]))
    assert described(atoll, file)["features"] == [{"name": "legacy-exceptions", "support": "never"}]
    assert "atoll does not have the wasm feature legacy-exceptions" in told(atoll, file)


@pytest.mark.parametrize("guest", ["c-http", "rust-plugin", "core-module", "wat-gc", "rust-http-p3"])
def test_the_text_form_is_the_same_guest_again(atoll: Atoll, guest: str, tmp_path: Path) -> None:
    said = atoll("inspect", "--wat", str(built(guest)))
    assert (said.code, said.err) == (0, "")
    again, before = described(atoll, from_text(tmp_path, said.out)), described(atoll, guest)
    for same in ("form", "handler", "imports", "exports", "world", "features"):
        assert again[same] == before[same]
    assert (again["text"], before["text"]) == (True, False)


def test_a_reader_of_the_text_form_may_leave_early() -> None:
    command = f"{sys.executable} -P -m atoll inspect --wat {built('python-http')} | head -1; exit ${{PIPESTATUS[0]}}"
    began = time.monotonic()
    ended = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"(component\n", b"")
    assert time.monotonic() - began < 20


def test_a_guest_of_twenty_megabytes_is_described_soon(atoll: Atoll) -> None:
    began = time.monotonic()
    assert described(atoll, "python-http")["functions"]["count"] > 10_000
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("wasm", "code"),
    [(b"\0asm\x01\0\0\0\x01", "guest-invalid"), (b"no wasm", "guest-invalid"), (None, "guest-unreadable")],
)
@pytest.mark.parametrize("form", ["--json", "--wit", "--wat"])
def test_what_is_no_wasm_is_refused_with_a_code(
    atoll: Atoll, tmp_path: Path, form: str, wasm: bytes | None, code: str
) -> None:
    if wasm is not None:
        (tmp_path / "x.wasm").write_bytes(wasm)
    said = atoll("--json", "inspect", form, "x.wasm")
    assert (said.code, said.out) == (1, "")
    assert [problem["code"] for problem in json.loads(said.err)["problems"]] == [code]


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_of_any_shape_is_described_or_refused_soon(tmp_path: Path, name: str) -> None:
    shape = SHAPES[name]
    file = tmp_path / "shape.wasm"
    file.write_bytes(shape if isinstance(shape, bytes) else shape.encode())
    began = time.monotonic()
    try:
        told = json.dumps(host.inspect(str(file)).world)
        host.wat(str(file), lambda piece: None)
    except AtollError as error:
        told = error.message
        assert error.code == "guest-invalid"
    assert len(told) < 10 << 20
    assert time.monotonic() - began < 20


def test_types_that_name_each_other_do_not_fill_the_memory(atoll: Atoll, tmp_path: Path) -> None:
    name = "a" + "b" * 5_000
    types = "".join(f"(type $t{n + 1} (tuple $t{n} $t{n}))" for n in range(18))
    imports = f'(import "{name}" (type $t0 (eq $u)))', '(import "f" (func (param "x" $t18)))'
    text = f'(component (type $u (enum "x")) {imports[0]} {types} {imports[1]})'
    began = time.monotonic()
    one = described(atoll, from_text(tmp_path, text))
    assert one["world"] is None
    assert "bytes long" in one["world_problem"]
    assert time.monotonic() - began < 20


def test_names_of_a_stranger_send_nothing_to_the_terminal_and_stay_short(atoll: Atoll, tmp_path: Path) -> None:
    evil = r"\1b]0;owned\07\0aimports: 0 \e2\80\ae"
    file = from_text(
        tmp_path,
        f'(module $"{evil}" (import "{evil}" "{"x" * 50_000}" (func)) (func $"{evil}" (export "{evil}"))'
        f'(@producers (sdk "{evil}" "{evil}")) (@custom "{evil}" "") (@custom "description" "{evil}"))',
    )
    for arguments in (["inspect"], ["inspect", "--json"], ["inspect", "--wat"]):
        out = atoll(*arguments, str(file)).out
        assert out
        assert not {char for char in out if char != "\n" and not char.isprintable()}
    text = atoll("inspect", str(file)).out
    assert len([line for line in text.splitlines() if line.startswith("imports: ")]) == 1
    assert max(map(len, text.splitlines())) < 600
    assert len(atoll("inspect", "--json", str(file)).out) < 10_000


def test_a_list_of_a_hundred_thousand_is_counted_and_told_in_part(atoll: Atoll, tmp_path: Path) -> None:
    exports = "".join(f'(export "e{n}" (func 0))' for n in range(100_000))
    file = from_text(tmp_path, f"(module (func) {exports})")
    one = described(atoll, file)
    assert (len(one["exports"]), one["left_out"]) == (10_000, {"exports": 90_000})
    text = told(atoll, file)
    assert "exports: 100,000\n" in text
    assert len(text) < 20_000


def test_wit_wat_and_json_exclude_each_other_by_the_last_one_said(atoll: Atoll) -> None:
    assert atoll("inspect", "--json", "--wat", str(built("c-http"))).out.startswith("(component")
