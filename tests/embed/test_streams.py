"""Streams and futures between Python and a guest, both ways."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from atoll.capabilities.custom import GuestStream
from tests.embed.loops import run
from tests.embed.plugins import later


def test_a_guests_stream_is_read_with_async_for() -> None:
    async def main() -> None:
        jobs = later().aio.jobs
        stream = await jobs.numbers(5)
        assert isinstance(stream, GuestStream)
        assert [number async for number in stream] == [1, 2, 3, 4, 5]
        assert [number async for number in stream] == []
        assert [number async for number in await jobs.numbers(0)] == []

    run(main)


def test_bytes_come_in_portions() -> None:
    async def main() -> None:
        jobs = later().aio.jobs
        for total in (0, 1, 65_536, 1_000_000):
            portions = [portion async for portion in await jobs.chunks(total)]
            assert all(isinstance(portion, bytes) and portion for portion in portions)
            assert b"".join(portions) == bytes(number % 256 for number in range(total))

    run(main)


def test_a_guests_stream_is_read_by_a_thread() -> None:
    jobs = later().jobs
    assert [*jobs.numbers(5)] == [1, 2, 3, 4, 5]
    assert b"".join(jobs.chunks(100_000)) == bytes(number % 256 for number in range(100_000))
    assert jobs.double(21).result() == 42
    assert [*jobs.upper(["a", "b"])] == ["A", "B"]


async def counted(upto: int) -> AsyncIterator[int]:
    for number in range(upto):
        await asyncio.sleep(0)
        yield number


@pytest.mark.parametrize("kind", ["list", "tuple", "range", "iterator", "generator", "async generator"])
def test_a_guest_is_sent_whatever_can_be_iterated(kind: str) -> None:
    async def main() -> None:
        numbers: Any = {
            "list": [0, 1, 2, 3],
            "tuple": (0, 1, 2, 3),
            "range": range(4),
            "iterator": iter([0, 1, 2, 3]),
            "generator": (number for number in range(4)),
            "async generator": counted(4),
        }[kind]
        assert await later().aio.jobs.sum(numbers) == 6

    run(main)


def test_a_guest_is_sent_bytes_in_portions() -> None:
    async def portions() -> AsyncIterator[bytes]:
        for size in (0, 1, 100_000):
            yield bytes(size)

    async def main() -> None:
        jobs = later().aio.jobs
        assert await jobs.total(portions()) == 100_001
        assert await jobs.total([b"ab", bytearray(b"c"), memoryview(b"defg")]) == 7
        assert await jobs.total([]) == 0

    run(main)


@pytest.mark.slow
def test_many_items_flow_both_ways_at_once() -> None:
    async def lines() -> AsyncIterator[str]:
        for number in range(2_000):
            yield f"line {number}"

    async def main() -> None:
        upper = await later().aio.jobs.upper(lines())
        assert [line async for line in upper] == [f"LINE {number}" for number in range(2_000)]

    run(main)


@pytest.mark.slow
def test_one_guests_stream_is_sent_to_another() -> None:
    async def main() -> None:
        assert await later().aio.jobs.sum(await later().aio.jobs.numbers(1_000)) == 500_500
        assert await later().aio.jobs.total(await later().aio.jobs.chunks(300_000)) == 300_000

    run(main)


def test_a_stream_of_a_fresh_call_keeps_its_sandbox() -> None:
    async def main() -> None:
        plugin = later()
        streams = [await plugin.aio.jobs.numbers(1_000) for _ in range(5)]
        del plugin
        for stream in streams:
            assert sum([number async for number in stream]) == 500_500

    run(main)


def test_streams_are_made_on_the_callers_loop_and_thread() -> None:
    seen: list[object] = []

    async def numbers() -> AsyncIterator[int]:
        seen.append((asyncio.get_running_loop(), threading.current_thread()))
        yield 1
        await asyncio.sleep(0)
        seen.append((asyncio.get_running_loop(), threading.current_thread()))
        yield 2

    async def main() -> object:
        assert await later().aio.jobs.sum(numbers()) == 3
        return asyncio.get_running_loop(), threading.current_thread()

    assert [run(main)] * 2 == seen


def test_a_generator_is_asked_for_no_more_than_the_guest_reads() -> None:
    made: list[int] = []

    def endless() -> Iterator[str]:
        while True:
            made.append(len(made))
            yield "line"

    async def main() -> None:
        with later().open() as instance:
            upper = await instance.aio.jobs.upper(endless())
            for _ in range(3):
                assert await anext(upper) == "LINE"
            upper.close()
            assert await instance.aio.jobs.lookup("a") == "a!"

    run(main)
    assert len(made) < 5_000


@pytest.mark.parametrize(
    "stream, place",
    [([1, "x"], "numbers"), (3, "numbers"), (None, "numbers")],
    ids=["items", "number", "none"],
)
def test_what_is_no_stream_of_these_is_refused(stream: object, place: str) -> None:
    async def main() -> None:
        with later().open() as instance:
            with pytest.raises(TypeError, match=f"^{place}"):
                await instance.aio.jobs.sum(stream)
            assert instance.is_open

    run(main)


def test_two_readers_of_one_stream_share_its_items() -> None:
    async def main() -> None:
        stream = await later().aio.jobs.numbers(1_000)

        async def read() -> list[int]:
            return [number async for number in stream]

        one, other = await asyncio.gather(read(), read())
        assert sorted(one + other) == [*range(1, 1_001)]

    run(main)


def test_an_instance_can_be_closed_once_its_stream_is_read() -> None:
    async def main() -> list[int]:
        with later().open() as instance:
            stream = await instance.aio.jobs.numbers(3)
            return [number async for number in stream]

    assert run(main) == [1, 2, 3]
