"""A call that somebody else ends: by closing its instance, or by going away."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import atoll
from tests.embed.plugins import Applying, rust, small

LONG = atoll.Limits(time=60, cpu=60)


class Entered:
    """Tells when a guest has come in."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __call__(self, n: int) -> int:
        self.event.set()
        return n + 1


def test_closing_from_another_thread_lets_the_running_call_come_to_its_end() -> None:
    entered, closed = threading.Event(), threading.Event()

    def apply(n: int) -> int:
        entered.set()
        assert closed.wait(30)
        return n + 1

    instance = rust(Applying(apply)).open()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(instance.crm.call_apply, 1)
        assert entered.wait(30)
        instance.close()
        assert not instance.is_open
        closed.set()
        assert call.result(30) == 2
    with pytest.raises(atoll.InstanceEnded, match="the instance was closed"):
        instance.state.bump()


def test_calls_that_wait_for_their_turn_are_told_that_it_was_closed() -> None:
    entered, closed = threading.Event(), threading.Event()

    def apply(n: int) -> int:
        entered.set()
        assert closed.wait(30)
        return n + 1

    instance = rust(Applying(apply), limits=LONG).open()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(instance.crm.call_apply, 1)
        assert entered.wait(30)
        waiting = [pool.submit(instance.state.bump) for _ in range(3)]
        instance.close()
        closed.set()
        assert first.result(30) == 2
        for call in waiting:
            assert isinstance(call.exception(30), atoll.InstanceEnded)


@pytest.mark.slow
def test_a_call_that_is_cancelled_ends_a_spinning_guest() -> None:
    plugin = small(limits=LONG)
    fast = small()

    async def main() -> None:
        task = asyncio.ensure_future(plugin.aio.spin((1 << 64) - 1))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await plugin.aio.add(1, 2) == 3
        assert await fast.aio.add(1, 2) == 3

    asyncio.run(asyncio.wait_for(main(), 30))


@pytest.mark.slow
def test_a_cancelled_call_ends_its_instance_and_no_other() -> None:
    entered = Entered()
    plugin = rust(Applying(entered), limits=LONG)

    async def main() -> None:
        with plugin.open() as instance, plugin.open() as sibling:
            sleeping = asyncio.ensure_future(sibling.aio.bad.sleep(300))
            fresh = asyncio.ensure_future(plugin.aio.bad.sleep(300))
            task = asyncio.ensure_future(instance.aio.bad.sleep(60_000))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(atoll.InstanceEnded, match="cancelled"):
                await instance.aio.state.bump()
            assert not instance.is_open
            await asyncio.gather(sleeping, fresh)
            assert await sibling.aio.state.bump() == 1

    asyncio.run(asyncio.wait_for(main(), 30))


@pytest.mark.slow
def test_a_call_that_waits_for_its_turn_can_be_cancelled_and_the_instance_goes_on() -> None:
    plugin = rust(limits=LONG)

    async def main() -> None:
        with plugin.open() as instance:
            sleeping = asyncio.ensure_future(instance.aio.bad.sleep(200))
            waiting = asyncio.ensure_future(instance.aio.state.bump())
            await asyncio.sleep(0.02)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await sleeping
            assert await instance.aio.state.bump() == 1

    asyncio.run(asyncio.wait_for(main(), 30))


@pytest.mark.slow
def test_a_host_function_that_is_awaited_is_cancelled_with_its_call() -> None:
    from tests.embed.plugins import Awaiting

    said: list[str] = []

    async def apply(n: int) -> int:
        said.append("begun")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            said.append("cancelled")
            raise
        return n

    plugin = rust(Awaiting(apply), limits=LONG)

    async def main() -> None:
        task = asyncio.ensure_future(plugin.aio.crm.call_apply(1))
        while not said:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while len(said) < 2:
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(main(), 30))
    assert said == ["begun", "cancelled"]


@pytest.mark.slow
def test_a_time_limit_of_asyncio_ends_the_call() -> None:
    plugin = rust(limits=LONG)

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await plugin.aio.bad.sleep(60_000)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(plugin.aio.bad.spin(), 0.05)
        assert await plugin.aio.add(1, 2) == 3

    asyncio.run(asyncio.wait_for(main(), 30))
