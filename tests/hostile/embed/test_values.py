"""16: values that claim, repeat or nest more than there is, and places in memory that are none."""

import asyncio
import re
from operator import methodcaller

import pytest

import atoll
from tests.embed.loops import run
from tests.embed.plugins import Directory, rust
from tests.hostile.embed.giving import ALLOCATORS, PLACES, RESULTS, STREAMS, TOLD
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.ways import LIMITS, QUICK, WAYS, ends

RUN = methodcaller("run")


def comes_to_nothing(plugin: atoll.Plugin, codes: str) -> None:
    """In each way, with one of the codes; a limit says what raises it."""
    for way in WAYS:
        with pytest.raises(atoll.CallFailed) as raised:
            way(plugin, RUN)
        assert re.fullmatch(codes, raised.value.code), raised.value
        assert ("raises it" in raised.value.message) == isinstance(raised.value, atoll.LimitExceeded)


@pytest.mark.slow
@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_no_more_than_what_is_there_and_may_cross(name: str) -> None:
    source, codes = RESULTS[name]
    with harmless():
        comes_to_nothing(atoll.load(source, limits=LIMITS), codes)


class Ear:
    """Hears how many words it is told."""

    def __init__(self) -> None:
        self.most = 0

    def tell(self, words: list[str]) -> None:
        self.most = max(self.most, len(words))


@pytest.mark.slow
@pytest.mark.parametrize("name", TOLD)
def test_a_host_is_told_no_more_than_what_is_there_and_may_cross(name: str) -> None:
    source, codes = TOLD[name]
    ear = Ear()
    with harmless():
        comes_to_nothing(atoll.load(source, imports={"acme:bell/ear": ear}, limits=QUICK), codes)
    assert ear.most <= 1_000


@pytest.mark.slow
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_carries_no_more_than_what_is_there_and_may_cross(name: str) -> None:
    """One write of 256 MB, and items that are larger than the host-call limit."""

    async def read(instance: atoll.Instance) -> None:
        async for portion in await instance.aio.run():
            assert len(portion) <= 65_536

    async def main(plugin: atoll.Plugin) -> None:
        with plugin.open() as instance:
            with pytest.raises((EOFError, atoll.CallFailed)):
                await read(instance)
            with pytest.raises(atoll.CallFailed):
                await instance.aio.run()

    with harmless():
        for _ in range(3):
            run(lambda: main(atoll.load(STREAMS[name], limits=LIMITS)))


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_bytes_of_a_core_module_lie_in_its_memory(name: str) -> None:
    plugin = atoll.load(PLACES[name], limits=LIMITS)
    with harmless(), plugin.open() as instance:
        with pytest.raises(atoll.GuestTrap):
            plugin.bytes.run()
        with pytest.raises(atoll.GuestTrap):
            instance.bytes.run()
        assert not instance.is_open


@pytest.mark.slow
@pytest.mark.parametrize("name", ALLOCATORS)
def test_an_allocator_that_lies_ends_the_call(name: str) -> None:
    with harmless():
        ends(atoll.load(ALLOCATORS[name], limits=LIMITS), methodcaller("run", b"text"), "guest-trapped")


LARGE = b'(module (memory (export "memory") 64) (func (export "run") (result i64) (i64.const 0x200000)))'


@pytest.mark.slow
def test_bytes_of_a_core_module_are_no_more_than_may_cross() -> None:
    """Two mebibytes, where one may."""
    with pytest.raises(atoll.LimitExceeded) as raised:
        atoll.load(LARGE, limits=LIMITS).bytes.run()
    assert "1048576 bytes; `atoll.Limits(host_call_bytes=…)` raises it" in raised.value.message


@pytest.mark.slow
def test_what_a_host_reads_of_a_module_is_what_there_is() -> None:
    """The host asks; so it has as much as it asks for."""
    with harmless(), atoll.load(LARGE, limits=LIMITS).open() as instance:
        assert len(instance.memory[0:]) == 4 << 20
        for address, length in ((4 << 20, 1), (0, (4 << 20) + 1), ((1 << 64) - 1, 2), (-1, 1)):
            with pytest.raises((IndexError, OverflowError)):
                instance.memory.read(address, length)
        assert instance.is_open


class Huge(Directory):
    """Gives more than any guest has room for."""

    def lookup(self, name: str) -> dict[str, object]:
        return {"name": "x" * (64 << 20), "phone": None}


@pytest.mark.slow
def test_what_a_host_gives_is_no_more_than_the_guest_has_room_for() -> None:
    with harmless():
        ends(rust(Huge(), limits=LIMITS), lambda guest: guest.crm.find("anna"), "limit-memory")


@pytest.mark.slow
def test_arguments_are_no_more_than_the_guest_has_room_for() -> None:
    """A list, text and bytes, of a caller who does not know what it hands over."""
    plugin = rust(limits=LIMITS)
    with harmless():
        for call in (
            methodcaller("echo_bytes", bytes(48 << 20)),
            methodcaller("echo_string", "x" * (48 << 20)),
            methodcaller("echo_strings", ["x" * (1 << 20)] * 48),
        ):
            ends(plugin, lambda guest, call=call: call(guest.values), "limit-memory")  # type: ignore[misc]


@pytest.mark.slow
def test_what_is_large_and_allowed_crosses_in_both_directions() -> None:
    """The twin of what is refused."""
    plugin = rust(limits=LIMITS)

    async def main() -> bytes:
        given, _ = await asyncio.gather(plugin.aio.values.echo_bytes(bytes(1 << 20)), asyncio.sleep(0))
        return bytes(given)

    assert run(main) == plugin.values.echo_bytes(bytes(1 << 20)) == bytes(1 << 20)
