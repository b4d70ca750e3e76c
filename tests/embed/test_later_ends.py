"""How calls that are awaited end other than well: cancelled, too late, trapped, without their loop."""

import asyncio
import time

import pytest

import atoll
from tests.embed.loops import run
from tests.embed.plugins import Shop, later


class Held(Shop):
    """Naps until it is woken; says what became of its naps."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.woken = asyncio.Event()
        self.said: list[str] = []

    async def wait(self, ms: int) -> None:
        self.began.set()
        try:
            await self.woken.wait()
        except asyncio.CancelledError:
            self.said.append("cancelled")
            raise
        self.said.append("woken")

    def plain(self, n: int) -> int:
        return 1 // n


def test_a_call_that_is_cancelled_leaves_an_async_instance_as_it_is() -> None:
    async def main() -> None:
        held = Held()
        with later(held).open() as instance:
            sibling = asyncio.ensure_future(instance.aio.jobs.nap(1))
            cancelled = asyncio.ensure_future(instance.aio.jobs.nap(1))
            await held.began.wait()
            cancelled.cancel()
            with pytest.raises(asyncio.CancelledError):
                await cancelled
            assert await instance.aio.jobs.lookup("a") == "a!"
            held.woken.set()
            assert await sibling == 1
            assert instance.is_open
            assert await instance.aio.jobs.count() == 2

    run(main)


@pytest.mark.slow
def test_a_fresh_call_that_is_cancelled_cancels_what_its_host_does() -> None:
    async def main() -> list[str]:
        held = Held()
        call = asyncio.ensure_future(later(held, limits=atoll.Limits(time=4)).aio.jobs.nap(1))
        await held.began.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        async with asyncio.timeout(2):
            while not held.said:
                await asyncio.sleep(0.001)
        return held.said

    assert run(main) == ["cancelled"]


@pytest.mark.slow
def test_calls_that_were_cancelled_use_no_processor_any_more() -> None:
    async def main() -> float:
        held = Held()
        plugin = later(held, limits=atoll.Limits(time=4))
        calls = [asyncio.ensure_future(plugin.aio.jobs.nap(1)) for _ in range(3)]
        await held.began.wait()
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        began = time.process_time()
        await asyncio.sleep(0.5)
        return time.process_time() - began

    assert run(main) < 0.25


def test_a_task_group_that_fails_cancels_its_calls() -> None:
    async def main() -> None:
        held = Held()
        plugin = later(held)

        async def nap() -> None:
            await plugin.aio.jobs.nap(1)

        async def fail() -> None:
            await held.began.wait()
            await plugin.aio.jobs.ask(0)

        async def both() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(nap())
                group.create_task(fail())

        with pytest.raises(ExceptionGroup) as raised:
            await both()
        assert raised.group_contains(atoll.GuestTrap)
        assert await plugin.aio.jobs.ask(1) == 1

    run(main)


@pytest.mark.slow
def test_a_call_that_takes_too_long_ends_at_its_deadline() -> None:
    async def main() -> None:
        held = Held()
        plugin = later(held, limits=atoll.Limits(time=0.5))
        for _ in range(2):
            with pytest.raises(atoll.LimitExceeded) as raised:
                await plugin.aio.jobs.nap(1)
            assert raised.value.code == "limit-deadline"
        assert await plugin.aio.jobs.lookup("a") == "a!"

    run(main)


@pytest.mark.slow
def test_in_an_async_instance_it_takes_all_of_its_calls_along_and_no_others() -> None:
    """The guest cannot be made to stop one of its calls."""

    async def main() -> None:
        held = Held()
        plugin = later(held, limits=atoll.Limits(time=0.5))
        with plugin.open() as instance, plugin.open() as other:
            first = asyncio.ensure_future(instance.aio.jobs.nap(1))
            second = asyncio.ensure_future(instance.aio.jobs.nap(1))
            for call in (first, second):
                with pytest.raises(atoll.CallFailed):
                    await call
            assert not instance.is_open
            with pytest.raises(atoll.InstanceEnded, match="deadline of 500 ms"):
                await instance.aio.jobs.lookup("a")
            assert await other.aio.jobs.lookup("a") == "a!"

    run(main)


def test_a_trap_ends_all_calls_of_an_async_instance_and_no_others() -> None:
    async def main() -> None:
        held = Held()
        plugin = later(held)
        with plugin.open() as instance, plugin.open() as other:
            napping = asyncio.ensure_future(instance.aio.jobs.nap(1))
            elsewhere = asyncio.ensure_future(other.aio.jobs.nap(1))
            await held.began.wait()
            with pytest.raises(atoll.GuestTrap) as raised:
                await instance.aio.jobs.ask(0)
            assert isinstance(raised.value.__cause__, ZeroDivisionError)
            with pytest.raises(atoll.CallFailed):
                await napping
            with pytest.raises(atoll.InstanceEnded, match="ZeroDivisionError"):
                await instance.aio.jobs.count()
            held.woken.set()
            assert await elsewhere == 1
            assert other.is_open

    run(main)


@pytest.mark.slow
def test_closing_an_async_instance_lets_its_calls_come_to_their_end() -> None:
    async def main() -> None:
        held = Held()
        instance = later(held, limits=atoll.Limits(time=4)).open()
        napping = asyncio.ensure_future(instance.aio.jobs.nap(1))
        await held.began.wait()
        instance.close()
        assert not instance.is_open
        with pytest.raises(atoll.InstanceEnded, match="the instance was closed"):
            await instance.aio.jobs.lookup("a")
        held.woken.set()
        assert await napping == 1

    run(main)


def test_a_kept_call_of_a_thread_and_one_of_a_loop_share_an_instance() -> None:
    async def main() -> None:
        held = Held()
        with later(held).open() as instance:
            napping = asyncio.ensure_future(instance.aio.jobs.nap(1))
            await held.began.wait()
            assert await asyncio.to_thread(instance.jobs.count) == 1
            assert await asyncio.to_thread(instance.jobs.lookup, "a") == "a!"
            held.woken.set()
            assert await napping == 1

    run(main)
