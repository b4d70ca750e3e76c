"""7, 9: guests that wait for what never comes, and hosts that take too long, end at the deadline."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from operator import methodcaller
from pathlib import Path

import pytest

import atoll
from atoll.capabilities.provider import Place
from tests.capabilities.key_value.memory import AwaitedMemory, Memory, MemoryConfig
from tests.embed import doors
from tests.embed.loops import run
from tests.embed.plugins import Applying, Awaiting, Shop, later, rust
from tests.hostile.embed import asking
from tests.hostile.embed.harm import LONGEST, harmless
from tests.hostile.embed.ways import awaited, awaited_and_kept, ends, fresh

SOON = atoll.Limits(time=0.1, cpu=20)
SAID = "the call reached the deadline of 100 ms; `atoll.Limits(time=…)` raises it"
FOREVER = (1 << 32) - 1
FRESH = (fresh, awaited)
"""For worlds whose instances have several calls at once; `tests/embed/test_later_ends.py` has the other ways."""

POLLS = b"""(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 24) "\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\7f")
  (func (export "run") (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))"""


async def never(n: int) -> int:
    await asyncio.Event().wait()
    return n


class Never(Shop):
    async def wait(self, ms: int) -> None:
        await asyncio.Event().wait()


@pytest.mark.slow
def test_whoever_waits_for_ever_is_woken_by_the_deadline() -> None:
    """7: a clock of WASI 0.2 and of preview 1, a host of 0.3."""
    with harmless():
        ends(rust(limits=SOON), lambda guest: guest.bad.sleep(FOREVER), "limit-deadline", SAID)
        ends(atoll.load(POLLS, limits=SOON), methodcaller("run"), "limit-deadline", SAID)
        ends(later(Never(), limits=SOON), lambda guest: guest.jobs.nap(1), "limit-deadline", SAID, ways=FRESH)


@pytest.mark.slow
def test_a_guest_that_reads_what_nobody_sends_ends_at_the_deadline() -> None:
    """7: a stream that is never ready."""

    async def silent() -> AsyncIterator[int]:
        await asyncio.Event().wait()
        yield 1

    with harmless():
        ends(later(limits=SOON), lambda guest: guest.jobs.sum(silent()), "limit-deadline", SAID, ways=FRESH)


@pytest.mark.slow
def test_a_guest_whose_stream_nobody_reads_is_held_back_and_ends_with_its_instance() -> None:
    """7: what it sends waits; that costs neither memory nor time."""
    plugin = later(limits=atoll.Limits(time=20, cpu=1))

    async def main() -> None:
        with plugin.open() as instance:
            streams = [await instance.aio.jobs.chunks(FOREVER) for _ in range(10)]
            began = time.process_time()
            await asyncio.sleep(0.3)
            assert time.process_time() - began < 0.3
            assert await instance.aio.jobs.lookup("a") == "a!"
            assert len(await anext(streams[0])) > 0

    with harmless():
        run(main)


@pytest.mark.slow
def test_the_deadline_ends_a_call_whose_host_is_awaited() -> None:
    """9."""
    with harmless():
        ends(rust(Awaiting(never), limits=SOON), lambda guest: guest.crm.call_apply(1), "limit-deadline", SAID)


@pytest.mark.slow
def test_the_deadline_ends_an_awaited_call_whose_host_blocks() -> None:
    """9: the function itself cannot be ended; nobody waits for it."""
    left = threading.Event()
    plugin = rust(Applying(lambda n: left.wait(30)), limits=SOON)
    with harmless():
        began = time.monotonic()
        try:
            ends(
                plugin,
                lambda guest: guest.crm.call_apply(1),
                "limit-deadline",
                SAID,
                ways=(awaited, awaited_and_kept),
            )
            assert time.monotonic() - began < LONGEST
        finally:
            left.set()


@pytest.mark.slow
def test_a_host_that_blocks_the_thread_that_called_ends_the_call_once_it_returns() -> None:
    """9: Python's own code is never broken off."""

    def apply(n: int) -> int:
        # On a busy machine the thread that looks at deadlines comes late.
        time.sleep(1)
        return n

    plugin = rust(Applying(apply), limits=SOON)
    with harmless(), plugin.open() as instance:
        for guest in (plugin, instance):
            with pytest.raises(atoll.LimitExceeded) as raised:
                guest.crm.call_apply(1)
            assert SAID in raised.value.message


class Slow(Memory):
    """A store whose answers take long."""

    def get(self, key: str) -> bytes | None:
        time.sleep(0.4)
        return b""


class SlowAndAwaited(AwaitedMemory):
    async def get(self, key: str) -> bytes | None:
        await asyncio.Event().wait()
        return b""


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Slow, SlowAndAwaited])
def test_the_deadline_ends_a_call_that_waits_for_a_store(kind: type[Slow] | type[SlowAndAwaited]) -> None:
    """9."""
    store = kind(MemoryConfig(), Place(label="default", config=Path(), state=Path()))
    plugin = atoll.load(asking.KEY_VALUE, grants=atoll.Grants(key_value={"default": store}), limits=SOON)
    with harmless():
        ends(plugin, methodcaller("run"), "limit-deadline", SAID)


ENDLESS = "with recursive numbers(n) as (select 1 union all select n + 1 from numbers) select count(*) from numbers"


@pytest.mark.slow
def test_the_deadline_ends_a_statement_without_end() -> None:
    """9: and the next one has the database."""
    plugin = atoll.load(doors.SQLITE, grants=atoll.Grants(sqlite="tenant-7"), limits=atoll.Limits(time=0.3, cpu=20))
    with harmless():
        for _ in range(3):
            with plugin.open() as instance:
                connection = instance.connect("default")
                with pytest.raises(atoll.LimitExceeded, match="the deadline of 300 ms"):
                    instance.execute(connection, ENDLESS, [])
        with plugin.open() as instance:
            rows = instance.execute(instance.connect("default"), "select 1", [])
            assert [value.value for value in rows.rows[0].values] == [1]
