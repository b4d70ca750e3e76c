"""5, 6, 8: many guests that use all CPU in every thread there is, and one guest's end beside another's call."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import atoll
from tests.embed.loops import run
from tests.embed.plugins import Applying, later, rust
from tests.hostile.embed.harm import LONGEST, harmless

TENANTS = 8
CPU = "the call reached the CPU time of 150 ms; `atoll.Limits(cpu=…)` raises it"
GREEDY = atoll.Limits(time=60, cpu=0.15)


@pytest.mark.slow
def test_while_tenants_compute_in_threads_others_are_answered() -> None:
    """5, 6: more of them than the machine has processors."""
    greedy = rust(limits=GREEDY)
    with harmless(), ThreadPoolExecutor(TENANTS) as pool:
        for call in [pool.submit(greedy.bad.spin) for _ in range(TENANTS)]:
            error = call.exception(60)
            assert isinstance(error, atoll.LimitExceeded)
            assert CPU in error.message


@pytest.mark.slow
def test_while_tenants_compute_for_a_loop_the_loop_and_its_other_calls_go_on() -> None:
    """5, 6: all threads of the runtime are taken, and the loop's own call is not."""
    greedy, plain, waiting = rust(limits=GREEDY), rust(), later()

    async def main() -> float:
        calls = [asyncio.ensure_future(greedy.aio.bad.spin()) for _ in range(TENANTS)]
        longest = 0.0
        while not all(call.done() for call in calls):
            began = time.monotonic()
            assert await plain.aio.crm.find("anna") == "Anna: 1234"
            assert await waiting.aio.jobs.lookup("a") == "a!"
            longest = max(longest, time.monotonic() - began)
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(error, atoll.LimitExceeded) and CPU in error.message for error in errors)
        return longest

    with harmless():
        assert run(main) < LONGEST


@pytest.mark.slow
def test_what_computes_and_ends_well_does_so_among_those_that_do_not() -> None:
    """5: each has its own CPU time, whoever else takes the processor from it."""
    plugin = rust(limits=atoll.Limits(time=60, cpu=1))
    greedy = rust(limits=GREEDY)
    with harmless(), ThreadPoolExecutor(TENANTS) as pool:
        spinning = [pool.submit(greedy.bad.spin) for _ in range(TENANTS // 2)]
        computing = [pool.submit(plugin.bad.spin_for, 10_000_000) for _ in range(TENANTS // 2)]
        assert len({call.result(60) for call in computing}) == 1
        assert all(isinstance(call.exception(60), atoll.LimitExceeded) for call in spinning)


@pytest.mark.slow
def test_the_end_of_one_call_ends_no_sibling_of_the_same_plugin() -> None:
    """8: in a thread and on a loop, in a fresh sandbox and in a kept one."""
    begun, late = threading.Semaphore(0), threading.Event()

    def apply(n: int) -> int:
        begun.release()
        assert late.wait(30)
        return n + 1

    patient = rust(Applying(apply), limits=atoll.Limits(time=20))
    hasty = rust(Applying(apply), limits=atoll.Limits(time=0.1))

    async def awaited() -> int:
        applied: int = await patient.aio.crm.call_apply(1)
        return applied

    with harmless(), patient.open() as kept, ThreadPoolExecutor(3) as pool:
        siblings = [
            pool.submit(patient.crm.call_apply, 1),
            pool.submit(kept.crm.call_apply, 1),
            pool.submit(run, awaited),
        ]
        for _ in siblings:
            assert begun.acquire(timeout=30)
        for _ in range(3):
            with pytest.raises(atoll.LimitExceeded, match=r"deadline of 100 ms; `atoll\.Limits\(time=…\)`"):
                hasty.bad.sleep(60_000)
            with pytest.raises(atoll.GuestTrap):
                patient.bad.trap()
        late.set()
        assert [call.result(30) for call in siblings] == [2, 2, 2]
        assert kept.is_open


@pytest.mark.slow
def test_a_cancelled_call_ends_no_sibling_on_the_same_loop() -> None:
    """8."""
    plugin = rust(limits=atoll.Limits(time=20, cpu=20))

    async def main() -> None:
        with plugin.open() as instance:
            sleeping = [asyncio.ensure_future(one.aio.bad.sleep(300)) for one in (plugin, instance)]
            hostile = [asyncio.ensure_future(plugin.aio.bad.spin()) for _ in range(4)]
            await asyncio.sleep(0.05)
            for call in hostile:
                call.cancel()
            ended = await asyncio.gather(*hostile, return_exceptions=True)
            assert all(isinstance(error, asyncio.CancelledError) for error in ended)
            assert await asyncio.gather(*sleeping) == [None, None]
            assert instance.state.bump() == 1

    with harmless():
        run(main)
