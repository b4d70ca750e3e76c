"""Futures between Python and a guest, both ways."""

import asyncio
from typing import Any

import pytest

from atoll.capabilities.custom import GuestFuture
from tests.embed.loops import run
from tests.embed.plugins import later


async def soon(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


def test_a_guests_future_is_awaited_as_often_as_one_likes() -> None:
    async def main() -> None:
        jobs = later().aio.jobs
        future = await jobs.double(21)
        assert isinstance(future, GuestFuture)
        assert (await future, await future) == (42, 42)
        assert await asyncio.gather(*(soon_of(future) for _ in range(3))) == [42] * 3

    async def soon_of(future: GuestFuture[int]) -> int:
        return await future

    run(main)


@pytest.mark.parametrize("kind", ["value", "coroutine", "task", "future", "guest's own"])
def test_a_guest_is_sent_whatever_can_be_awaited(kind: str) -> None:
    async def main() -> None:
        jobs = later().aio.jobs
        promised: Any
        match kind:
            case "value":
                promised = 4
            case "coroutine":
                promised = soon(4)
            case "task":
                promised = asyncio.ensure_future(soon(4))
            case "future":
                promised = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_soon(promised.set_result, 4)
            case _:
                promised = await jobs.double(2)
        assert await (await jobs.double(promised)) == 8

    run(main)


def test_a_promise_is_awaited_on_the_callers_loop() -> None:
    seen: list[object] = []

    async def promised() -> int:
        seen.append(asyncio.get_running_loop())
        return 4

    async def main() -> object:
        assert await (await later().aio.jobs.double(promised())) == 8
        return asyncio.get_running_loop()

    assert [run(main)] == seen
