"""Keys and values that cross as numbers, and those next to them that do not."""

import json

import pytest

from atoll import extism
from atoll.extism import few
from tests.support import built

LENGTHS = [1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 200]

# A block of 8 bytes that ends where the memory does: not as many words lie behind it as cross.
LAST = """
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (import "extism:host/env" "config_get" (func $config (param i64) (result i64)))
  (func (export "run_test") (local $at i64)
    (drop (call $alloc (i64.const 64456)))
    (local.set $at (call $alloc (i64.const 8)))
    (call $store (local.get $at) (i64.const 0x6161616161616161))
    (local.set $at (call $config (local.get $at)))
    (call $output (local.get $at) (call $length (local.get $at)))))
"""


@pytest.fixture(scope="module")
def guest() -> extism.CompiledPlugin:
    return extism.CompiledPlugin(str(built("extism-rust")), functions=None)


@pytest.mark.parametrize("size", LENGTHS)
def test_config_of_any_length_is_found_by_a_key_of_any_length(guest: extism.CompiledPlugin, size: int) -> None:
    config = {"k" * length: "v" * size for length in LENGTHS}
    plugin = extism.Plugin(guest, config=config)
    assert [plugin.call("config_value", key) for key in config] == [b"+" + b"v" * size] * len(LENGTHS)
    assert plugin.call("config_value", "k" * 5) == b"-"


@pytest.mark.parametrize("size", LENGTHS)
def test_variables_of_any_length_are_set_read_and_removed(guest: extism.CompiledPlugin, size: int) -> None:
    plugin = extism.Plugin(guest)
    for length in LENGTHS:
        key, value = "k" * length, "\N{LATIN SMALL LETTER E WITH ACUTE}"[: size % 2] + "v" * (size - 1)
        plugin.call("set_variable", json.dumps({"key": key, "value": value}))
        assert plugin.variables[key] == value.encode()
        assert plugin.call("get_variable", key).decode() == f"+{value}"
        plugin.call("set_variable", json.dumps({"key": key, "value": None}))
        assert plugin.call("get_variable", key) == b"-"
    assert plugin.variables.size == 0


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 8, bytes(range(32)), b"\x80" * 31])
def test_bytes_come_back_from_their_numbers(data: bytes) -> None:
    length, *words = few.packed(data)
    assert few.unpacked(length, tuple(words)) == data
    assert few.packed(data + b"x" * 33)[0] == few.TOO_MANY


def test_a_block_at_the_memorys_end_is_read_as_well() -> None:
    plugin = extism.Plugin(LAST, config={"a" * 8: "found"}, functions=None)
    assert plugin.call("run_test", "") == b"found"
