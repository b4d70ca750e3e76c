"""KeyboardInterrupt, SystemExit and whatever is no Exception go through a guest as they are."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

import atoll
from tests.embed.plugins import Applying, Awaiting, Directory, rust
from tests.support import ROOT


class Own(BaseException):
    """Somebody's way out."""


RAISED = [KeyboardInterrupt("now"), SystemExit(3), Own("out"), GeneratorExit()]


def raising(error: BaseException) -> Callable[[int], int]:
    def apply(n: int) -> int:
        raise error

    return apply


def raising_later(error: BaseException) -> Callable[[int], Any]:
    async def apply(n: int) -> int:
        raise error

    return apply


@pytest.mark.parametrize("error", RAISED, ids=repr)
def test_what_is_no_exception_goes_through_as_it_is(error: BaseException) -> None:
    plugin = rust(Applying(raising(error)))
    with pytest.raises(type(error)) as raised:
        plugin.crm.call_apply(1)
    assert raised.value is error
    assert plugin.add(1, 2) == 3


def test_it_ends_an_instance_that_is_kept() -> None:
    with rust(Applying(raising(KeyboardInterrupt()))).open() as instance:
        with pytest.raises(KeyboardInterrupt):
            instance.crm.call_apply(1)
        assert not instance.is_open
        with pytest.raises(atoll.InstanceEnded):
            instance.state.bump()


ELSEWHERE = """
import sys
sys.path.insert(0, {root!r})
import atoll
from tests.embed.plugins import Awaiting, rust
from tests.embed.test_interrupts import RAISED, raising_later

async def healthy(n):
    return n + 1

error = RAISED[{number}]
try:
    rust(Awaiting(raising_later(error)), limits=atoll.Limits(time=5)).crm.call_apply(1)
except BaseException as raised:
    assert raised is error, raised
assert rust(Awaiting(healthy), limits=atoll.Limits(time=5)).crm.fold(3) == 3
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(RAISED)), ids=[type(error).__name__ for error in RAISED])
def test_the_same_from_an_awaited_function_and_others_are_awaited_on(number: int) -> None:
    """In a process of its own: all awaited functions of calls that are not awaited share one loop."""
    script = ELSEWHERE.format(root=str(ROOT), number=number)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "host", [Applying(raising(SystemExit(3))), Awaiting(raising_later(SystemExit(3)))], ids=["def", "async-def"]
)
def test_the_same_where_the_call_is_awaited(host: Directory) -> None:
    plugin = rust(host, limits=atoll.Limits(time=5))

    async def call() -> None:
        await plugin.aio.crm.call_apply(1)

    with pytest.raises(SystemExit):
        asyncio.run(call())
    assert plugin.add(1, 2) == 3


def test_a_cancelled_function_is_a_trap() -> None:
    async def apply(n: int) -> int:
        raise asyncio.CancelledError

    with pytest.raises(atoll.GuestTrap):
        rust(Awaiting(apply), limits=atoll.Limits(time=5)).crm.call_apply(1)


def test_stop_iteration_is_a_cause_like_any_other() -> None:
    plugin = rust(Applying(raising(StopIteration())))

    async def call() -> None:
        await plugin.aio.crm.call_apply(1)

    for attempt in (lambda: plugin.crm.call_apply(1), lambda: asyncio.run(call())):
        with pytest.raises(atoll.GuestTrap) as raised:
            attempt()
        assert isinstance(raised.value.__cause__, StopIteration)


# Where the tests run in the background of a shell, children begin with Ctrl-C ignored.
SCRIPT = """
import asyncio, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {root!r})
import atoll
from tests.embed import wat
from tests.embed.plugins import Applying, rust

class Bell:
    def ring(self):
        print("rings", flush=True)

def apply(n):
    print("rings", flush=True)
    return n

spinning = atoll.load(wat.ringing(wat.FOREVER), imports={{wat.BELL: Bell()}}, limits=atoll.Limits(time=60, cpu=60))
plugin = rust(Applying(apply), limits=atoll.Limits(time=60, cpu=60))
sleeping = plugin.open()
async def awaited():
    print("rings", flush=True)
    await plugin.aio.bad.sleep(60_000)
async def awaited_spin():
    await spinning.aio.run()
try:
    {call}
except KeyboardInterrupt:
    assert plugin.add(1, 2) == 3
    spinning.nop()
    print("interrupted", flush=True)
"""

CALLS = {
    "spinning": "spinning.run()",
    "spinning in a kept one": "spinning.open().run()",
    "sleeping": "print('rings', flush=True); plugin.bad.sleep(60_000)",
    "sleeping in a kept one": "print('rings', flush=True); sleeping.bad.sleep(60_000)",
    "awaited": "asyncio.run(awaited())",
    "awaited while it spins": "asyncio.run(awaited_spin())",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_ends_a_call_promptly(name: str) -> None:
    script = SCRIPT.format(root=str(ROOT), call=CALLS[name])
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "rings\n"
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            said, complained = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (said, complained, process.returncode) == ("interrupted\n", "", 0)
    assert time.monotonic() - began < 20
