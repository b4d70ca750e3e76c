"""Calls that are awaited: as many at once as one likes, in one instance or in sandboxes of their own."""

import asyncio

import pytest

import atoll
from tests.embed.loops import run
from tests.embed.plugins import Awaiting, Shop, later, rust, small


def test_functions_that_are_async_are_awaited_and_others_too() -> None:
    async def main() -> None:
        jobs = later().aio.jobs
        assert await jobs.lookup("a") == "a!"
        assert await jobs.both("a", "no b") == ["a!", "there is no b"]
        assert await jobs.ask(1) == 2
        assert await jobs.count() == 0
        assert await rust().aio.add(1, 2) == 3
        assert await rust().aio.exports["acme:plugin/state"].bump() == 1

    run(main)


def test_functions_that_are_async_can_be_called_from_a_thread() -> None:
    jobs = later().jobs
    assert jobs.lookup("a") == "a!"
    assert jobs.both("a", "b") == ["a!", "b!"]
    assert jobs.nap(1) == 1


def test_an_error_of_the_guest_is_raised_where_it_is_awaited() -> None:
    async def main() -> None:
        with pytest.raises(atoll.GuestError) as raised:
            await later().aio.jobs.lookup("no milk")
        assert raised.value.payload == "there is no milk"
        with pytest.raises(atoll.GuestError, match="division by zero"):
            await rust().aio.divide(1, 0)
        with pytest.raises(atoll.GuestTrap):
            await rust().aio.bad.trap()
        with pytest.raises(TypeError, match="missing 1 required argument: 'b'"):
            await rust().aio.add(1)

    run(main)


class Together(Shop):
    """Naps until so many nap."""

    def __init__(self, many: int) -> None:
        self.many = many
        self.napping = 0
        self.enough = asyncio.Event()

    async def wait(self, ms: int) -> None:
        self.napping += 1
        if self.napping == self.many:
            self.enough.set()
        await self.enough.wait()


def test_one_instance_has_many_calls_at_once() -> None:
    async def main() -> list[int]:
        with later(Together(20)).open() as instance:
            naps = await asyncio.gather(*(instance.aio.jobs.nap(1) for _ in range(20)))
            assert await instance.aio.jobs.count() == 20
            return naps

    assert sorted(run(main)) == [*range(1, 21)]


def test_an_instance_that_is_not_async_takes_turns() -> None:
    async def main() -> None:
        with rust(Awaiting(counted)).open() as instance:
            await asyncio.gather(*(instance.aio.crm.call_apply(n) for n in range(20)))

    inside = most = 0

    async def counted(n: int) -> int:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.001)
        inside -= 1
        return n

    run(main)
    assert (most, inside) == (1, 0)


@pytest.mark.slow
def test_calls_in_sandboxes_of_their_own_wait_side_by_side() -> None:
    async def main() -> None:
        together = Together(100)
        naps = await asyncio.gather(*(later(together).aio.jobs.nap(1) for _ in range(100)))
        assert naps == [1] * 100

    run(main)


@pytest.mark.slow
def test_more_calls_than_there_can_be_instances_all_come_to_their_turn() -> None:
    async def main() -> None:
        plugin = later()
        assert await asyncio.gather(*(plugin.aio.jobs.nap(20) for _ in range(2_500))) == [1] * 2_500
        echo = rust().aio
        assert await asyncio.gather(*(echo.add(n, 1) for n in range(2_500))) == [*range(1, 2_501)]
        waiting = rust(Awaiting(one_later)).aio.crm
        assert await asyncio.gather(*(waiting.call_apply(n) for n in range(2_500))) == [*range(1, 2_501)]

    async def one_later(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1

    run(main)


@pytest.mark.slow
def test_a_long_call_does_not_keep_the_loop_from_others() -> None:
    async def main() -> int:
        spinning = asyncio.ensure_future(small().aio.spin(100_000_000))
        turns = 0
        while not spinning.done():
            await asyncio.sleep(0)
            turns += 1
        await spinning
        return turns

    assert run(main) > 10


def test_methods_of_resources_are_awaited() -> None:
    async def main() -> None:
        with rust().open() as instance:
            counter = await instance.aio.counters.Counter(3)
            assert await counter.aio.increment(4) == 7
            assert await counter.aio.value() == counter.value() == 7
            clone = await instance.aio.counters.Counter.clone_of(counter)
            assert await instance.aio.counters.sum([counter, clone]) == 14
            with pytest.raises(AttributeError, match="nope"):
                counter.aio.nope()
            counter.close()
            assert await instance.aio.counters.living() == 1

    run(main)
