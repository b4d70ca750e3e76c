"""50: plugins and hosts that hold each other, and are held by nobody else."""

import asyncio
import gc
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import atoll
from tests.embed.loops import run
from tests.embed.plugins import Directory, later, rust
from tests.hostile.embed.harm import harmless


class Holding(Directory):
    """A host that holds what calls it."""

    held: Any = None


def is_gone(held: weakref.ref[Any], seconds: float = 2) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        gc.collect()
        if held() is None:
            return True
        time.sleep(0.01)
    return False


def test_a_plugin_that_holds_itself_is_gone() -> None:
    plugin: Any = rust()
    instance: Any = plugin.open()
    plugin.own, instance.own = plugin, instance
    assert (plugin.add(1, 2), instance.add(1, 2)) == (3, 3)
    held = [weakref.ref(plugin), weakref.ref(instance)]
    del plugin, instance
    assert all(is_gone(one) for one in held)


def _with_a_plugin() -> weakref.ref[Any]:
    directory = Holding()
    directory.held = rust(directory)
    assert directory.held.crm.find("anna") == "Anna: 1234"
    return weakref.ref(directory)


def _with_an_instance() -> weakref.ref[Any]:
    directory = Holding()
    directory.held = rust(directory).open()
    assert directory.held.crm.find("anna") == "Anna: 1234"
    return weakref.ref(directory)


@pytest.mark.slow
@pytest.mark.parametrize("make", [_with_a_plugin, _with_an_instance])
def test_a_host_that_holds_what_calls_it_is_gone(make: Any) -> None:
    assert is_gone(make(), 0.5)


@pytest.mark.slow
def test_a_host_lets_go_of_what_calls_it_and_then_both_are_gone() -> None:
    """The twin: without the cycle nothing is left."""
    directory = Holding()
    directory.held = rust(directory).open()
    instance = weakref.ref(directory.held)
    directory.held.close()
    directory.held = None
    assert is_gone(instance)


@pytest.mark.slow
def test_collecting_in_the_midst_of_calls_harms_none_of_them() -> None:
    """The collector runs in host functions, over objects that are in use."""

    class Collecting(Holding):
        def apply(self, n: int) -> int:
            gc.collect()
            return n + 1

    with harmless():
        directory = Collecting()
        plugin = rust(directory)
        with plugin.open() as directory.held:
            assert [plugin.crm.fold(3), directory.held.crm.fold(3)] == [3, 3]
        directory.held = None


@pytest.mark.slow
def test_a_generator_without_end_ends_with_the_call_that_reads_it() -> None:
    """Of a host, in a thread and on a loop; it is closed, and gone."""
    closed: list[str] = []

    def endless(name: str) -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.append(name)

    plugin = later(limits=atoll.Limits(time=0.2, cpu=20))

    async def main() -> None:
        await plugin.aio.jobs.sum(endless("awaited"))

    with harmless():
        attempts: list[Callable[[], Any]] = [lambda: plugin.jobs.sum(endless("called")), lambda: run(main)]
        for attempt in attempts:
            with pytest.raises(atoll.LimitExceeded, match=r"deadline of 200 ms; `atoll\.Limits\(time=…\)` raises it"):
                attempt()
        until = time.monotonic() + 10
        while len(closed) < 2 and time.monotonic() < until:
            gc.collect()
            time.sleep(0.01)
    assert sorted(closed) == ["awaited", "called"]


@pytest.mark.slow
def test_streams_that_are_dropped_half_read_leave_nothing() -> None:
    plugin = later()

    async def main() -> None:
        for _ in range(50):
            stream = await plugin.aio.jobs.chunks(10_000_000)
            assert len(await anext(stream)) > 0
            del stream
            await asyncio.sleep(0)

    with harmless():
        run(main)
