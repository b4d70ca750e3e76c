"""Streams and futures that end before their time never look whole."""

import asyncio
import os
from typing import Any

import pytest

import atoll
from atoll.capabilities.custom import GuestStream
from tests.embed.loops import run
from tests.embed.plugins import Shop, later
from tests.support import resident

SHORT = atoll.Limits(time=4, cpu=4)
ENDLESS = (1 << 32) - 1


async def drained(stream: GuestStream[Any]) -> None:
    async for _ in stream:
        pass


class Trapping(Shop):
    """Its `plain` ends the guest."""

    def plain(self, n: int) -> int:
        raise ZeroDivisionError


def test_a_stream_whose_guest_traps_raises() -> None:
    async def main() -> None:
        with later(Trapping(), limits=SHORT).open() as instance:
            stream = await instance.aio.jobs.numbers(10_000_000)
            assert await anext(stream) == 1
            with pytest.raises(atoll.GuestTrap):
                await instance.aio.jobs.ask(1)
            with pytest.raises((EOFError, atoll.CallFailed)):
                await drained(stream)

    run(main)


def test_a_stream_that_a_thread_reads_raises_too() -> None:
    with later(Trapping(), limits=SHORT).open() as instance:
        stream = instance.jobs.chunks(ENDLESS)
        assert len(next(stream)) > 0
        with pytest.raises(atoll.GuestTrap):
            instance.jobs.ask(1)
        with pytest.raises((EOFError, atoll.CallFailed)):
            assert [*stream] == []


def test_a_future_whose_guest_traps_raises() -> None:
    async def main() -> None:
        begun = asyncio.Event()

        async def never() -> None:
            begun.set()
            await asyncio.Event().wait()

        with later(Trapping(), limits=SHORT).open() as instance:
            future = await instance.aio.jobs.double(never())
            await begun.wait()
            with pytest.raises(atoll.GuestTrap):
                await instance.aio.jobs.ask(1)
            with pytest.raises((EOFError, atoll.CallFailed)):
                await future

    run(main)


@pytest.mark.slow
def test_a_stream_is_under_the_limits_of_its_call() -> None:
    """Nobody reads for ever what a guest makes for ever."""

    async def main() -> None:
        plugin = later(limits=atoll.Limits(time=1, cpu=0.2))
        for _ in range(4):
            with pytest.raises((EOFError, atoll.CallFailed)):
                await drained(await plugin.aio.jobs.chunks(ENDLESS))

    run(main)


def test_whoever_stops_early_ends_the_stream_and_the_instance_goes_on() -> None:
    async def main() -> None:
        with later(limits=SHORT).open() as instance:
            for _ in range(5):
                with await instance.aio.jobs.numbers(ENDLESS) as stream:
                    assert [await anext(stream) for _ in range(3)] == [1, 2, 3]
                assert [number async for number in stream] == []
            assert await instance.aio.jobs.lookup("a") == "a!"
            assert instance.is_open

    run(main)


def test_a_stream_that_nobody_holds_is_closed() -> None:
    async def main() -> None:
        with later(limits=SHORT).open() as instance:
            for _ in range(20):
                await anext(await instance.aio.jobs.chunks(ENDLESS))
            assert await instance.aio.jobs.lookup("a") == "a!"

    run(main)


@pytest.mark.slow
def test_streams_that_nobody_reads_do_not_fill_memory() -> None:
    async def main() -> int:
        before = resident(os.getpid())
        with later(limits=SHORT).open() as instance:
            streams = [await instance.aio.jobs.chunks(ENDLESS) for _ in range(20)]
            await asyncio.sleep(0.2)
            assert await instance.aio.jobs.lookup("a") == "a!"
            assert len(streams) == 20
            return resident(os.getpid()) - before

    assert run(main) < 64 << 20


def test_a_guests_stream_ends_with_the_instance_and_says_so() -> None:
    async def main() -> None:
        instance = later(limits=SHORT).open()
        stream = await instance.aio.jobs.numbers(ENDLESS)
        assert await anext(stream) == 1
        instance.close()
        with pytest.raises((EOFError, atoll.CallFailed)):
            await drained(stream)

    run(main)
