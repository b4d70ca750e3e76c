"""Where functions of Python run that a guest calls, and what they see there."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from tests.embed.plugins import Applying, Awaiting, Directory, rust

WHO: ContextVar[str] = ContextVar("WHO", default="nobody")


async def seen_later(n: int) -> int:
    await asyncio.sleep(0)
    return seen(n)


def seen(n: int) -> int:
    return n + (WHO.get() == "anna")


@pytest.mark.parametrize("host", [Applying(seen), Awaiting(seen_later)], ids=["def", "async-def"])
@pytest.mark.parametrize("awaited", [False, True], ids=["called", "awaited"])
def test_the_callers_context_is_seen(host: Directory, awaited: bool) -> None:
    plugin = rust(host)

    async def call() -> int:
        sum_of: int = await plugin.aio.crm.fold(3)
        return sum_of

    token = WHO.set("anna")
    try:
        assert (asyncio.run(call()) if awaited else plugin.crm.fold(3)) == 3
    finally:
        WHO.reset(token)
    assert plugin.crm.fold(3) == 0


def test_an_awaited_function_runs_on_the_callers_loop() -> None:
    loops: list[object] = []

    async def apply(n: int) -> int:
        loops.append((asyncio.get_running_loop(), threading.current_thread()))
        return n

    plugin = rust(Awaiting(apply))

    async def call() -> object:
        await plugin.aio.crm.call_apply(1)
        return asyncio.get_running_loop(), threading.current_thread()

    assert [asyncio.run(call())] == loops


def test_a_function_that_blocks_does_not_block_the_callers_loop() -> None:
    left = threading.Event()

    def apply(n: int) -> int:
        assert left.wait(30)
        return n + 1

    plugin = rust(Applying(apply))

    async def call() -> int:
        task = asyncio.ensure_future(plugin.aio.crm.call_apply(1))
        await asyncio.sleep(0)
        left.set()
        given: int = await task
        return given

    assert asyncio.run(call()) == 2
