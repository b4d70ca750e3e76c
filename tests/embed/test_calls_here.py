"""A component that imports nothing runs on the stack of the thread that waits for it. It is under the same rules."""

import asyncio
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import atoll
from tests.embed import wat
from tests.embed.scripts import said

LONG = atoll.Limits(time=60, cpu=60)
DEEPER = (
    '(func $deeper (export "deeper") (param i32) (result i32) (i32.add (i32.const 1) (call $deeper (local.get 0))))'
)


def spinning(limits: atoll.Limits = LONG) -> atoll.Plugin:
    """`run` never ends; `nop` does."""
    core = f'(func (export "run") {wat.FOREVER}) (func (export "nop"))'
    return atoll.load(wat.plain(core, "run", "nop"), limits=limits)


@pytest.mark.slow
@pytest.mark.parametrize(
    "limits, code",
    [(atoll.Limits(time=0.2), "limit-deadline"), (atoll.Limits(cpu=0.1), "limit-cpu")],
    ids=["time", "cpu"],
)
def test_its_limits_hold(limits: atoll.Limits, code: str) -> None:
    plugin = spinning(limits)
    with plugin.open() as instance:
        for call in (plugin.run, instance.run):
            began = time.monotonic()
            with pytest.raises(atoll.LimitExceeded) as raised:
                call()
            assert raised.value.code == code
            assert time.monotonic() - began < 5
        assert not instance.is_open
    plugin.nop()


@pytest.mark.slow
def test_it_is_ended_from_another_thread() -> None:
    with spinning().open() as instance, ThreadPoolExecutor(1) as pool:
        call = pool.submit(instance.run)
        while not instance.interrupt():
            time.sleep(0.001)
        with pytest.raises(atoll.InstanceEnded, match=r"^the call was interrupted"):
            call.result(10)
        assert not instance.is_open


SIGNALLED = """
import signal
from tests.embed.test_calls_here import spinning
signal.signal(signal.SIGALRM, signal.default_int_handler)
for kept in (False, True):
    plugin = spinning()
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    began = time.monotonic()
    try:
        (plugin.open() if kept else plugin).run()
    except KeyboardInterrupt:
        print(time.monotonic() - began < 5)
    plugin.nop()
"""


@pytest.mark.slow
def test_a_signal_whose_handler_raises_ends_it() -> None:
    assert said(SIGNALLED) == ("True\nTrue\n", "", 0)


@pytest.mark.slow
def test_a_signal_whose_handler_returns_does_not() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: seen.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(atoll.LimitExceeded):
            spinning(atoll.Limits(time=0.5)).run()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert seen == [signal.SIGALRM]


@pytest.mark.slow
def test_other_threads_go_on() -> None:
    plugin, counted = spinning(atoll.Limits(time=0.5)), 0
    with ThreadPoolExecutor(1) as pool:
        spun = pool.submit(plugin.run)
        while not spun.done():
            plugin.nop()
            counted += 1
    assert isinstance(spun.exception(), atoll.LimitExceeded)
    assert counted > 100


def recursing() -> atoll.Plugin:
    lifted = '(func (export "deeper") (param "n" u32) (result u32) (canon lift (core func $core "deeper")))'
    return atoll.load(wat.component(DEEPER, lifted))


@pytest.mark.parametrize("size", [64 << 10, 256 << 10, 1 << 20, 16 << 20])
def test_a_guest_that_recurses_ends_on_a_stack_of_any_size(size: int) -> None:
    plugin, raised = recursing(), list[BaseException]()

    def call() -> None:
        with pytest.raises(atoll.GuestTrap, match="stack") as caught:
            plugin.deeper(1)
        raised.append(caught.value)

    before = threading.stack_size(size)
    try:
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert len(raised) == 1


def test_a_guest_that_recurses_ends_below_a_deep_python() -> None:
    plugin = recursing()

    def deep(levels: int) -> None:
        if levels:
            return deep(levels - 1)
        with pytest.raises(atoll.GuestTrap, match="stack"):
            plugin.deeper(1)
        return None

    deep(sys.getrecursionlimit() // 2)


@pytest.mark.slow
def test_where_it_is_awaited_the_loop_goes_on() -> None:
    async def main() -> int:
        plugin, turns = spinning(atoll.Limits(time=0.5)), 0
        call = asyncio.create_task(plugin.aio.run())
        while not call.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert isinstance(call.exception(), atoll.LimitExceeded)
        return turns

    assert asyncio.run(main()) > 20
