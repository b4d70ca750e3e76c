"""Calls that are awaited, and the loops and tasks that await them."""

import asyncio
import gc
import subprocess
import sys
import threading
from contextvars import ContextVar
from typing import Any

import pytest

import atoll
from tests.embed.loops import run
from tests.embed.plugins import Applying, Awaiting, later, rust
from tests.support import ROOT

WHO: ContextVar[str] = ContextVar("WHO", default="nobody")


def test_outside_of_a_loop_nothing_is_awaited() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        rust().aio.add(1, 2)


def test_each_task_has_its_own_context() -> None:
    async def seen(n: int) -> int:
        await asyncio.sleep(0.001)
        return int(WHO.get())

    async def call(number: int) -> int:
        WHO.set(f"{number}")
        given: int = await plugin.aio.crm.call_apply(0)
        return given

    async def main() -> list[int]:
        return await asyncio.gather(*map(call, range(20)))

    plugin = rust(Awaiting(seen))
    assert run(main) == [*range(20)]


def test_two_loops_in_two_threads_each_have_their_own_calls() -> None:
    loops: dict[str, set[object]] = {"one": set(), "other": set()}
    names: dict[object, str] = {}

    async def apply(n: int) -> int:
        loop = asyncio.get_running_loop()
        loops[names[loop]].add(threading.current_thread())
        await asyncio.sleep(0.001)
        return n + 1

    plugin = rust(Awaiting(apply))
    both = threading.Barrier(2)

    def thread(name: str) -> None:
        async def main() -> None:
            names[asyncio.get_running_loop()] = name
            both.wait(30)
            assert await asyncio.gather(*(plugin.aio.crm.fold(5) for _ in range(20))) == [5] * 20

        run(main)

    threads = [threading.Thread(target=thread, args=(name,), name=name) for name in loops]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert loops == {one.name: {one} for one in threads}


def test_one_loop_after_another_can_call_the_same_instance() -> None:
    with later().open() as instance:
        for number in range(5):
            assert run(lambda: instance_call(instance)) == number

    with rust(Applying(lambda n: n)).open() as other:
        for number in range(1, 5):
            assert run(lambda: bumped(other)) == number


async def instance_call(instance: atoll.Instance) -> int:
    count: int = await instance.aio.jobs.count()
    await instance.aio.jobs.nap(1)
    return count


async def bumped(instance: atoll.Instance) -> int:
    bumped: int = await instance.aio.state.bump()
    return bumped


SCRIPT = """
import asyncio, sys
sys.path.insert(0, {root!r})
import atoll
from tests.embed.plugins import Awaiting, later, rust

async def slow(n):
    await asyncio.sleep(60)

plugins = later(), rust(Awaiting(slow)), rust()
calls = []

async def main():
    later, awaiting, plain = plugins
    begun = [later.aio.jobs.nap(60_000), later.open().aio.jobs.nap(60_000), awaiting.aio.crm.call_apply(1)]
    begun += [plain.aio.bad.sleep(100), plain.aio.bad.spin()]
    for call in begun:
        call.add_done_callback(lambda call: call.cancelled() or call.exception())
    calls.extend(begun)
    await asyncio.sleep(0.05)

async def healthy():
    assert await plugins[0].aio.jobs.lookup("a") == "a!"
    assert await plugins[2].aio.add(1, 2) == 3
    await asyncio.sleep(0.2)

for _ in range(2):
    asyncio.run(main())
    asyncio.run(healthy())
{last}
print("done")
"""


@pytest.mark.slow
@pytest.mark.parametrize("last", ["", "calls.clear()", "del plugins, calls", "asyncio.run(main())"])
def test_a_loop_that_is_closed_with_calls_in_flight_does_no_harm(last: str) -> None:
    command = [sys.executable, "-c", SCRIPT.format(root=str(ROOT), last=last)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("done\n", "", 0)


def test_an_exception_that_nobody_awaits_is_said_as_any_futures(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        call = rust().aio.bad.trap()
        while not call.done():
            await asyncio.sleep(0.001)

    run(main)
    gc.collect()
    assert "Call exception was never retrieved" in caplog.text


def test_a_loop_in_a_thread_that_ends_leaves_others_alone() -> None:
    plugin = later()
    given: list[Any] = []

    def thread() -> None:
        given.append(run(lambda: gathered(plugin)))

    async def gathered(plugin: atoll.Plugin) -> list[Any]:
        return await asyncio.gather(*(plugin.aio.jobs.lookup(f"{n}") for n in range(5)))

    for _ in range(5):
        one = threading.Thread(target=thread)
        one.start()
        one.join(60)
    assert given == [[f"{n}!" for n in range(5)]] * 5
