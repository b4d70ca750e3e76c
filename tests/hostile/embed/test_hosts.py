"""50: functions of Python that call back, block, fail in ways of their own, or do not belong to the call any more."""

import asyncio
import contextvars
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import atoll
from atoll.capabilities.custom.modules import Caller
from tests.embed.loops import run
from tests.embed.plugins import Applying, Awaiting, Shop, later, rust
from tests.hostile.embed.harm import harmless

LONG = atoll.Limits(time=20, cpu=20)
DOOR = b"""(module
  (import "env" "ask" (func $ask (param i32) (result i32)))
  (memory (export "memory") 1)
  (global (export "depth") (mut i32) (i32.const 0))
  (func (export "inc") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "trap") unreachable)
  (func (export "spin") (loop $forever (br $forever)))
  (func (export "go") (param i32) (result i32)
    (global.set 0 (i32.add (global.get 0) (i32.const 1)))
    (call $ask (local.get 0))))"""


def asking(ask: Callable[..., Any], **limits: Any) -> atoll.Plugin:
    """The module above, whose host this is."""
    return atoll.load(DOOR, imports={"env": {"ask": ask}}, limits=atoll.Limits(**{"time": 20, "cpu": 5, **limits}))


def nested(caller: Caller, n: int) -> int:
    """Asks the guest, which asks again, five times."""
    inner: int = caller.call("go" if n < 5 else "inc", n + 1)
    return inner


@pytest.mark.slow
def test_a_host_and_its_caller_ask_each_other_in_turn() -> None:
    """Re-entrancy: in a fresh sandbox and in a kept one, which sees all of it."""
    plugin = asking(nested)
    with harmless(), plugin.open() as instance:
        assert [plugin.go(0), instance.go(0)] == [7, 7]
        assert instance.depth.value == 6


@pytest.mark.slow
def test_a_host_and_its_caller_ask_each_other_in_turn_where_the_call_is_awaited() -> None:
    plugin = asking(nested)

    async def main() -> int:
        answer: int = await plugin.aio.go(0)
        return answer

    assert run(main) == 7


class Plain(Shop):
    """Answers by plain functions, each of which waits for the other."""

    def __init__(self) -> None:
        self.both = threading.Barrier(2)

    def fetch(self, key: str) -> str:  # type: ignore[override]
        self.both.wait(5)
        return f"{key}!"


@pytest.mark.slow
def test_plain_functions_of_one_awaited_call_run_side_by_side() -> None:
    plugin = later(Plain(), limits=LONG)

    async def main() -> list[str]:
        both: list[str] = await plugin.aio.jobs.both("a", "b")
        return both

    assert run(main) == ["a!", "b!"]


@pytest.mark.slow
def test_a_host_and_its_caller_that_ask_each_other_for_ever_come_to_an_end() -> None:
    """Recursion: Python's own limit, and nothing of the process."""

    def deeper(caller: Caller, n: int) -> int:
        inner: int = caller.call("go", n + 1)
        return inner

    plugin = asking(deeper)
    with harmless(), plugin.open() as instance:
        for guest in (plugin, instance):
            with pytest.raises((atoll.CallFailed, RecursionError)):
                guest.go(0)
        assert not instance.is_open
        assert plugin.inc(1) == 2


@pytest.mark.slow
def test_a_trap_or_a_loop_in_between_is_the_inner_calls() -> None:
    """The host function may go on with what it was told, and its call is held to its limits."""
    seen: list[str] = []

    def careful(caller: Caller, n: int) -> int:
        try:
            caller.call("trap")
        except RuntimeError as error:
            seen.append(str(error))
        return n + 1

    def careless(caller: Caller, n: int) -> int:
        caller.call("spin")
        return n

    with harmless():
        assert asking(careful).go(1) == 2
        assert "unreachable" in seen[0]
        with pytest.raises(atoll.LimitExceeded, match=r"CPU time of 50 ms; `atoll\.Limits\(cpu=…\)`"):
            asking(careless, cpu=0.05).go(1)


@pytest.mark.slow
def test_a_caller_that_was_kept_leads_nowhere() -> None:
    """After its call, from another thread, from another call."""
    kept: list[Caller] = []

    def keep(caller: Caller, n: int) -> int:
        for one in kept:
            with pytest.raises(RuntimeError, match="the host function has ended"):
                one.call("inc", 1)
        kept.append(caller)
        return n

    plugin = asking(keep)
    with harmless(), plugin.open() as instance:
        for guest in (plugin, instance, instance):
            assert guest.go(3) == 3
        with ThreadPoolExecutor(4) as pool:
            for call in [pool.submit(one.read, 0, 4) for one in kept]:
                assert isinstance(call.exception(30), RuntimeError)


@pytest.mark.slow
def test_another_thread_that_asks_the_caller_is_answered_or_told_that_it_has_gone() -> None:
    """Whoever runs the function runs the guest: nobody else can."""
    ended: list[BaseException | int] = []
    threads: list[threading.Thread] = []

    def elsewhere(caller: Caller, n: int) -> int:
        def ask() -> None:
            try:
                ended.append(caller.call("inc", n))
            except RuntimeError as error:
                ended.append(error)

        threads.append(threading.Thread(target=ask))
        threads[-1].start()
        threads[-1].join(0.1)
        return n

    with harmless():
        assert asking(elsewhere).go(1) == 1
        threads[0].join(10)
        assert isinstance(ended[0], RuntimeError) or ended == [2]


@pytest.mark.slow
def test_an_instance_that_its_own_host_has_called_elsewhere_is_waited_for_no_longer_than_it_may_take() -> None:
    """The other thread waits for its turn, which comes no sooner than the function ends: the deadline settles it."""
    raised: list[BaseException | None] = []

    def apply(n: int) -> int:
        with ThreadPoolExecutor(1) as pool:
            raised.append(pool.submit(instance.state.bump).exception(30))
        return n + 1

    with harmless(), rust(Applying(apply), limits=atoll.Limits(time=0.3)).open() as instance:
        try:
            assert instance.crm.call_apply(1) == 2
        except atoll.LimitExceeded:
            assert not instance.is_open
    [error] = raised
    assert isinstance(error, atoll.LimitExceeded)
    assert "the deadline of 300 ms; `atoll.Limits(time=…)` raises it" in error.message


@pytest.mark.slow
def test_closing_an_instance_while_threads_call_it_ends_each_of_them() -> None:
    """Those that run come to their end, those that wait are told; nobody waits for ever."""
    with harmless():
        for _ in range(20):
            instance = rust(limits=LONG).open()
            with ThreadPoolExecutor(6) as pool:
                calls = [pool.submit(instance.crm.fold, 50) for _ in range(6)]
                time.sleep(0.001)
                instance.close()
                ended = [call.exception(30) for call in calls]
            assert all(error is None or isinstance(error, atoll.InstanceEnded) for error in ended)
            assert not instance.is_open


@pytest.mark.slow
def test_an_instance_that_a_host_closes_in_the_middle_is_gone_for_it_at_once() -> None:
    def apply(n: int) -> int:
        counters[0].close()
        instance.close()
        for call in (instance.state.bump, counters[1].value):
            with pytest.raises((atoll.InstanceEnded, atoll.CallFailed)):
                call()
        return n + 1

    instance = rust(Applying(apply), limits=LONG).open()
    with harmless():
        counters = [instance.counters.Counter(number) for number in range(2)]
        assert instance.crm.call_apply(1) == 2
        with pytest.raises(atoll.InstanceEnded):
            counters[1].value()
        counters[1].close()


class Rising(BaseException):
    """No error, and no way to go on."""


@pytest.mark.slow
@pytest.mark.parametrize("awaited", [False, True], ids=["called", "awaited"])
def test_what_goes_through_a_guest_ends_its_instance_and_no_other(awaited: bool) -> None:
    rising = Rising()

    def apply(n: int) -> int:
        raise rising

    plugin = rust(Applying(apply), limits=LONG)

    async def main(instance: atoll.Instance) -> None:
        await instance.aio.crm.call_apply(1)

    with harmless(), plugin.open() as instance, plugin.open() as sibling:
        with pytest.raises(Rising) as raised:
            run(lambda: main(instance)) if awaited else instance.crm.call_apply(1)
        assert raised.value is rising
        assert (instance.is_open, sibling.state.bump()) == (False, 1)


@pytest.mark.slow
def test_a_function_that_changes_its_context_changes_its_callers() -> None:
    """As if it had been called by it: it runs on its thread."""
    who = contextvars.ContextVar("who", default="nobody")

    def apply(n: int) -> int:
        who.set(f"{n}")
        return n

    plugin = rust(Applying(apply))
    context = contextvars.copy_context()
    assert context.run(lambda: (plugin.crm.call_apply(7), who.get())) == (7, "7")
    assert who.get() == "nobody"


@pytest.mark.slow
def test_a_function_that_answers_after_the_end_of_its_call_answers_nobody() -> None:
    """Cancelled, or too late: what it gives is dropped."""
    left, said = threading.Event(), []

    def apply(n: int) -> int:
        assert left.wait(30)
        said.append(n)
        return n + 1

    plugin = rust(Applying(apply), limits=atoll.Limits(time=0.2))

    async def main() -> None:
        calls = [asyncio.ensure_future(plugin.aio.crm.call_apply(number)) for number in range(3)]
        await asyncio.sleep(0.05)
        calls[0].cancel()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(ended[0], asyncio.CancelledError)
        assert all(isinstance(error, atoll.LimitExceeded) for error in ended[1:])

    with harmless():
        run(main)
        left.set()
        until = time.monotonic() + 10
        while len(said) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        assert plugin.add(1, 2) == 3
    assert sorted(said) == [0, 1, 2]


@pytest.mark.slow
def test_a_loop_that_waits_for_itself_is_told_by_the_deadline() -> None:
    """An awaited function that calls without awaiting, where both are awaited on one loop."""

    async def inner(n: int) -> int:
        return n + 1

    async def outer(n: int) -> int:
        blocked: int = plugin.crm.call_apply(n)
        return blocked

    plugin = rust(Awaiting(inner), limits=atoll.Limits(time=0.3))
    with harmless():
        with pytest.raises(atoll.GuestTrap) as raised:
            rust(Awaiting(outer), limits=LONG).crm.call_apply(1)
        assert isinstance(raised.value.__cause__, atoll.LimitExceeded)
        assert plugin.crm.call_apply(1) == 2


@pytest.mark.slow
def test_the_interpreter_is_free_while_guests_compute_and_taken_only_for_their_hosts() -> None:
    """The lock: four guests compute, and Python counts on."""
    plugin = rust(limits=atoll.Limits(time=60, cpu=0.2))
    counted = 0
    switching = sys.getswitchinterval()
    with harmless(), ThreadPoolExecutor(4) as pool:
        computing = [pool.submit(plugin.bad.spin) for _ in range(4)]
        while not all(call.done() for call in computing):
            counted += 1
            time.sleep(0)
    assert counted > 100
    assert sys.getswitchinterval() == switching
