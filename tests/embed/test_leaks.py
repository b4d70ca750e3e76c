"""Nothing is kept of what nobody holds any more."""

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

import atoll
from tests.embed.plugins import later, rust, small
from tests.support import ROOT, resident

GENEROUS = 48 << 20


def grown(act: Callable[[], object], *, warm: int, times: int) -> int:
    """How much resident memory is there after so many times more than after the first ones."""
    for _ in range(warm):
        act()
    gc.collect()
    before = resident(os.getpid())
    for _ in range(times):
        act()
    gc.collect()
    return resident(os.getpid()) - before


@pytest.mark.slow
def test_ten_thousand_fresh_calls_leave_nothing() -> None:
    plugin = rust()
    person = {"name": "a" * 100, "age": 1, "email": None, "tags": ["x"] * 10, "role": "editor"}

    def act() -> None:
        plugin.values.echo_person(person)
        plugin.crm.visit("anna")

    assert grown(act, warm=500, times=5_000) < GENEROUS


@pytest.mark.slow
def test_ten_thousand_calls_of_an_instance_leave_nothing() -> None:
    with rust().open() as instance:

        def act() -> None:
            instance.values.echo_bytes(bytes(10_000))
            instance.crm.find("anna")

        assert grown(act, warm=500, times=5_000) < GENEROUS


@pytest.mark.slow
def test_calls_that_fail_leave_nothing() -> None:
    plugin = rust()

    def act() -> None:
        with pytest.raises(atoll.GuestTrap):
            plugin.bad.panic("x" * 1_000)
        with pytest.raises(atoll.GuestError):
            plugin.divide(1, 0)

    assert grown(act, warm=200, times=1_000) < GENEROUS


@pytest.mark.slow
def test_instances_that_are_dropped_and_not_closed_leave_nothing() -> None:
    plugin = rust()

    def act() -> None:
        instance = plugin.open()
        instance.bad.grow(1 << 20)
        instance.counters.Counter(3)

    # The pool keeps what sandboxes have had, up to a bound.
    assert grown(act, warm=1_200, times=1_200) < GENEROUS


@pytest.mark.slow
def test_plugins_that_are_dropped_leave_nothing() -> None:
    def act() -> None:
        plugin = rust()
        assert plugin.values.echo_role("editor") is plugin.values.Role.EDITOR

    assert grown(act, warm=50, times=400) < GENEROUS


@pytest.mark.slow
def test_calls_that_are_awaited_leave_nothing() -> None:
    plugin = later()

    async def many() -> None:
        for _ in range(50):
            await plugin.aio.jobs.lookup("a")
            async for _ in await plugin.aio.jobs.numbers(10):
                pass

    assert grown(lambda: asyncio.run(many()), warm=5, times=40) < GENEROUS


def open_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.slow
def test_event_loops_that_are_gone_leave_no_descriptors() -> None:
    plugin = later()

    async def once() -> None:
        await plugin.aio.jobs.nap(1)

    asyncio.run(once())
    before = open_files()
    for _ in range(20):
        asyncio.run(once())
    assert open_files() <= before


def test_plugins_that_are_gone_leave_no_descriptors() -> None:
    small().add(1, 2)
    before = open_files()
    for _ in range(20):
        small().open().close()
    assert open_files() <= before


MANY = """
import resource, sys
import atoll
sys.path.insert(0, sys.argv[1])
from tests.embed import wat
plugins = [atoll.load(wat.component(wat.number(0), wat.lifted_number()))]
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
plugins += [atoll.load(wat.component(wat.number(value), wat.lifted_number())) for value in range(1, 60)]
assert [plugin.number() for plugin in plugins] == [*range(60)]
"""


@pytest.mark.slow
def test_more_plugins_can_be_held_than_files_can_be_open() -> None:
    """Compiling one takes pipes: so they are compiled by an earlier process."""
    for limited in ((), ("limited",)):
        subprocess.run([sys.executable, "-c", MANY, str(ROOT), *limited], check=True, timeout=120)
