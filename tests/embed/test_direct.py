"""Numbers, text and bytes go to the guest, and come back, without a step in between: on a fiber and without one."""

import asyncio
import struct
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

import atoll
from tests.embed import wat
from tests.embed.plugins import rust
from tests.support import built

HALF = struct.unpack("<f", struct.pack("<f", 0.1))[0]
KINDS: dict[str, tuple[str, list[object]]] = {
    "bool": ("i32", [False, True]),
    "s8": ("i32", [-(1 << 7), -1, 0, (1 << 7) - 1]),
    "u8": ("i32", [0, (1 << 8) - 1]),
    "s16": ("i32", [-(1 << 15), -1, (1 << 15) - 1]),
    "u16": ("i32", [0, (1 << 16) - 1]),
    "s32": ("i32", [-(1 << 31), -1, (1 << 31) - 1]),
    "u32": ("i32", [0, (1 << 32) - 1]),
    "s64": ("i64", [-(1 << 63), -1, (1 << 63) - 1]),
    "u64": ("i64", [0, (1 << 64) - 1]),
    "f32": ("f32", [0.0, -1.5, HALF, float("inf")]),
    "f64": ("f64", [0.0, 0.1, 5e-324, float("-inf")]),
    "char": ("i32", ["\0", "a", "\ud7ff", "\ue000", "\U0010ffff"]),
}
WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "here": lambda plugin, value: plugin.same(value),
    "kept": lambda plugin, value: plugin.open().same(value),
    "awaited": lambda plugin, value: asyncio.run(_awaited(plugin, value)),
}


async def _awaited(plugin: Any, value: Any) -> Any:
    return await plugin.aio.same(value)


@cache
def same(kind: str, core: str, body: str = "(local.get 0)") -> atoll.Plugin:
    """`same` gives what it is given, through a raw value of that kind."""
    lifted = f'(func (export "same") (param "it" {kind}) (result {kind}) (canon lift (core func $core "same")))'
    return atoll.load(wat.component(f'(func (export "same") (param {core}) (result {core}) {body})', lifted))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_number_comes_back_as_it_was(kind: str, way: str) -> None:
    core, values = KINDS[kind]
    for value in values:
        given = WAYS[way](same(kind, core), value)
        assert (given, type(given)) == (value, type(value))


@pytest.mark.parametrize(
    "kind, raw, value",
    [("bool", 2, True), ("u8", 0x1FF, 255), ("s8", 0x1FF, -1), ("u16", -1, 0xFFFF), ("s16", 0x18000, -0x8000)],
)
def test_of_a_guests_number_only_the_bits_of_its_width_count(kind: str, raw: int, value: object) -> None:
    """As the canonical ABI has it."""
    assert same(kind, "i32", f"(i32.const {raw})").same(True if kind == "bool" else 0) == value


@pytest.mark.parametrize("raw", [0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF])
@pytest.mark.parametrize("way", WAYS)
def test_a_guests_character_that_is_none_ends_the_call(raw: int, way: str) -> None:
    with pytest.raises(atoll.GuestTrap):
        WAYS[way](same("char", "i32", f"(i32.const {raw})"), "a")


@pytest.mark.parametrize("count", [1, 15, 16, 17])
def test_as_many_numbers_as_go_by_value_and_one_more(count: int) -> None:
    """The last one comes back: of 17, from the guest's memory."""
    last = f"(local.get {count - 1})" if count <= 16 else f"(i32.load offset={(count - 1) * 4} (local.get 0))"
    memory = (
        '(memory (export "memory") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))'
    )
    core = (
        f'{memory} (func (export "last") (param {"i32 " * min(count, 16 if count <= 16 else 1)}) (result i32) {last})'
    )
    parameters = " ".join(f'(param "p{number}" u32)' for number in range(count))
    options = '(memory (core memory $core "memory")) (realloc (core func $core "realloc"))'
    lifted = f'(func (export "last") {parameters} (result u32) (canon lift (core func $core "last") {options}))'
    plugin = atoll.load(wat.component(core, lifted))
    numbers = range(1000, 1000 + count)
    assert plugin.last(*numbers) == 999 + count
    with plugin.open() as instance:
        assert instance.last(*numbers) == 999 + count


BLOCKS = [0, 1, (16 << 10) - 1, 16 << 10, (64 << 10) - 1, 64 << 10, 1 << 20]
"""On either side of where bytes begin to be lent, and to be kept."""


def plugins() -> list[tuple[Callable[[Any], Any], Callable[[str], str]]]:
    """Of a guest that imports nothing, and of one that imports much."""
    alone, much = atoll.load(built("c-plugin")), rust().values
    return [(alone.echo, alone.echo_text), (much.echo_bytes, much.echo_string)]


@pytest.mark.parametrize("size", BLOCKS)
def test_bytes_of_any_kind_and_text_come_back_whole(size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    for echo, echo_text in plugins():
        for lent in (data, bytearray(data), memoryview(data), memoryview(data + data)[:size]):
            given = echo(lent)
            assert type(given) is bytes and given == data
        assert echo_text("a" * size) == "a" * size


def test_what_came_back_stays_as_it_was() -> None:
    """Though its guest uses the memory again."""
    with atoll.load(built("c-plugin")).open() as instance:
        given = [instance.echo(bytes([number]) * (1 << 17)) for number in range(8)]
    assert [set(block) for block in given] == [{number} for number in range(8)]


def test_many_threads_have_their_own_blocks() -> None:
    plugin, wrong = atoll.load(built("c-plugin")), list[int]()

    def work(number: int) -> None:
        data = bytes([number]) * (1 << 17)
        wrong.extend(number for _ in range(50) if plugin.echo(data) != data)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_block_beyond_the_host_call_limit_is_refused_on_its_way_back() -> None:
    plugin = atoll.load(built("c-plugin"), limits=atoll.Limits(host_call_bytes="1MiB"))
    assert len(plugin.echo(bytes(1 << 20))) == 1 << 20
    with plugin.open() as instance:
        with pytest.raises(atoll.LimitExceeded, match="host_call_bytes"):
            instance.echo(bytes((1 << 20) + 1))
        assert not instance.is_open
    with pytest.raises(atoll.LimitExceeded, match="host_call_bytes"):
        plugin.echo_text("a" * ((1 << 20) + 1))
