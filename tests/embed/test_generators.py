"""What a guest is sent, and it goes wrong or is not read to its end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import atoll
from tests.embed.loops import run
from tests.embed.plugins import later

SHORT = atoll.Limits(time=4, cpu=4)


class Lost(Exception):
    """Raised by what a guest is sent."""


async def broken() -> AsyncIterator[int]:
    yield 1
    raise Lost


def broken_plainly() -> Iterator[int]:
    yield 1
    raise Lost


async def wrong() -> AsyncIterator[Any]:
    yield 1
    yield "x"


@pytest.mark.parametrize("stream", [broken, broken_plainly])
def test_what_a_generator_raises_ends_the_call_that_reads_it(stream: Any) -> None:
    async def main() -> None:
        with pytest.raises(atoll.CallFailed) as raised:
            await later(limits=SHORT).aio.jobs.sum(stream())
        assert isinstance(raised.value.__cause__, Lost)

    run(main)


def test_an_item_of_another_type_ends_the_call_that_reads_it() -> None:
    async def main() -> None:
        with pytest.raises(atoll.CallFailed) as raised:
            await later(limits=SHORT).aio.jobs.sum(wrong())
        assert isinstance(raised.value.__cause__, TypeError)

    run(main)


def test_a_promise_that_is_broken_ends_what_waits_for_it() -> None:
    async def promised() -> int:
        await asyncio.sleep(0)
        raise Lost

    async def main() -> None:
        with pytest.raises((EOFError, atoll.CallFailed)):
            await (await later(limits=SHORT).aio.jobs.double(promised()))

    run(main)


def test_a_call_that_is_cancelled_closes_the_generator_that_it_reads() -> None:
    said: list[str] = []

    async def endless() -> AsyncIterator[int]:
        try:
            while True:
                said.append("more") if not said else None
                yield 1
                await asyncio.sleep(0.001)
        finally:
            said.append("closed")

    async def main() -> None:
        call = asyncio.ensure_future(later(limits=SHORT).aio.jobs.sum(endless()))
        while not said:
            await asyncio.sleep(0.001)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        async with asyncio.timeout(2):
            while said[-1] != "closed":
                await asyncio.sleep(0.001)

    run(main)


def test_reading_can_be_cancelled_and_go_on() -> None:
    async def main() -> None:
        gate = asyncio.Event()

        async def lines() -> AsyncIterator[str]:
            await gate.wait()
            yield "a"

        stream = await later(limits=SHORT).aio.jobs.upper(lines())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 0.02)
        gate.set()
        assert [line async for line in stream] == ["A"]

    run(main)
