"""16: handles, random bytes, logs and environments without end."""

import asyncio
import logging
from operator import methodcaller

import pytest

import atoll
from tests.embed import doors
from tests.embed.loops import run
from tests.embed.plugins import Directory, Session, rust
from tests.embed.scripts import said
from tests.hostile.embed.asking import preview_1
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.ways import LIMITS, QUICK, WAYS, ends, fresh
from tests.hostile.wat import looping

RUN = methodcaller("run")


@pytest.mark.slow
def test_handles_of_the_host_are_counted_in_each_way() -> None:
    """A session that the guest keeps is one."""
    plugin = rust(limits=atoll.Limits(handles=50))

    def keeps() -> None:
        with plugin.open() as instance:
            for _ in range(60):
                instance.crm.keep_session(Session("anna"))

    async def keeps_and_awaits() -> None:
        with plugin.open() as instance:
            for _ in range(60):
                await instance.aio.crm.keep_session(Session("anna"))

    with harmless():
        for attempt in (keeps, lambda: run(keeps_and_awaits)):
            with pytest.raises(atoll.LimitExceeded) as raised:
                attempt()
            assert "50 resources; `atoll.Limits(handles=…)` raises it" in raised.value.message


@pytest.mark.slow
def test_random_bytes_are_bounded() -> None:
    """2^31 at once."""
    function = doors.Function('(param "len" u64) (result (list u8))', "i64")
    source = doors.passing("wasi:random/random@0.2.0", {}, {"get-random-bytes": function})
    plugin = atoll.load(source, limits=LIMITS)
    with harmless():
        ends(plugin, methodcaller("get_random_bytes", 1 << 21), "limit-host-call-bytes")
        for size in (1 << 31, (1 << 64) - 1):
            ends(plugin, methodcaller("get_random_bytes", size), "guest-trapped", f"requested len {size} exceeds limit")


RANDOM = f"""(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 32)
  (func (export "run") {looping("(drop (call $random (i32.const 0) (i32.const 0x200000)))")}))""".encode()


@pytest.mark.slow
def test_random_bytes_of_preview_1_are_bounded() -> None:
    """They are written into the guest's own memory: it is the host's time that they cost, which the guest pays."""
    ends(atoll.load(RANDOM, limits=QUICK), RUN, "limit-cpu", ways=(fresh,))


class Counting(logging.Handler):
    """Counts the bytes that a guest has logged."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.written += len(record.getMessage())


@pytest.fixture
def logged() -> Counting:
    counting = Counting()
    logger = logging.getLogger("atoll.guest.flood")
    logger.addHandler(counting)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return counting


@pytest.mark.slow
@pytest.mark.parametrize("log", [True, False], ids=["granted", "not granted"])
def test_output_without_end_is_cut_off_and_the_call_ends(logged: Counting, log: bool) -> None:
    """In each way no more than the limit, and a word that it was reached."""
    plugin = atoll.load(preview_1("fd_write"), name="flood", grants=atoll.Grants(log=log), limits=QUICK)
    with harmless():
        ends(plugin, RUN, "limit-cpu")
    most = len(WAYS) * (4_000 + 1_000)
    assert (0 < logged.written < most) if log else logged.written == 0


LOGS_AND_WAITS = b"""(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 17)
  (func (export "run")
    (memory.fill (i32.const 1024) (i32.const 0x78) (i32.const 0xfffff))
    (i32.store8 (i32.const 0x1003ff) (i32.const 10))
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 0x100000))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (loop $forever (br $forever))))"""


CANCELLED = f"""
import gc, logging
from tests.support import resident
logging.getLogger("atoll.guest.flood").setLevel(logging.DEBUG)
logging.getLogger("atoll.guest.flood").addHandler(logging.NullHandler())
logging.getLogger("atoll.guest.flood").propagate = False
limits = atoll.Limits(time=60, cpu=60, log_bytes="2MiB")
plugin = atoll.load({LOGS_AND_WAITS!r}, name="flood", grants=atoll.Grants(log=True), limits=limits)
async def main(times):
    for _ in range(times):
        call = plugin.aio.run()
        await asyncio.sleep(0.004)
        call.cancel()
        try:
            await call
        except asyncio.CancelledError:
            pass
    gc.collect()
    return resident(os.getpid())
before = asyncio.run(main(20))
print(asyncio.run(main(120)) - before < 60 << 20)
"""


@pytest.mark.slow
def test_what_cancelled_calls_have_logged_is_not_kept() -> None:
    """In a process of its own: pytest keeps whatever is logged."""
    assert said(CANCELLED) == ("True\n", "", 0)


def test_a_log_that_is_cut_off_says_what_raises_the_limit(caplog: pytest.LogCaptureFixture) -> None:
    plugin = rust(grants=atoll.Grants(log=True), limits=atoll.Limits(log_bytes=100))
    with caplog.at_level(logging.INFO):
        plugin.bad.print("x" * 200)
    assert "the log limit is reached; `atoll.Limits(log_bytes=…)` raises it" in caplog.text


class Unwilling(logging.Filter):
    """Somebody's filter, with a mistake in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        raise ZeroDivisionError


LOGS_LATE = b"""(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00x\\0a")
  (func (export "run") (local $steps i32)
    (loop $more
      (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $steps) (i32.const 30000000))))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_log_that_cannot_be_written_ends_the_call_that_wrote(logged: Counting) -> None:
    """Whatever becomes of it: nobody waits for ever."""
    unwilling = Unwilling()
    logger = logging.getLogger("atoll.guest.flood")
    logger.addFilter(unwilling)
    plugin = atoll.load(LOGS_LATE, name="flood", grants=atoll.Grants(log=True), limits=atoll.Limits(time=20, cpu=20))

    async def main() -> None:
        call = asyncio.create_task(plugin.aio.run())
        done, _ = await asyncio.wait([call], timeout=1)
        assert done
        assert isinstance(call.exception(), ZeroDivisionError | None)

    try:
        run(main)
    finally:
        logger.removeFilter(unwilling)


@pytest.mark.slow
def test_a_huge_environment_costs_only_the_call_that_reads_it() -> None:
    """Ten megabytes, where one may cross."""
    grants = atoll.Grants(env={f"NAME_{number}": "x" * 1_000 for number in range(10_000)})
    plugin = atoll.load(doors.ENVIRONMENT, grants=grants, limits=LIMITS)
    with harmless():
        for way in WAYS:
            with pytest.raises(atoll.CallFailed):
                way(plugin, methodcaller("get_environment"))
        assert rust(grants=grants).add(1, 2) == 3


class Chatty(Directory):
    """Is asked to log by the guest, and keeps nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0

    def log_it(self, line: str) -> None:
        self.most = max(self.most, len(line))


@pytest.mark.slow
def test_what_a_guest_tells_its_host_is_held_to_the_limit_each_time() -> None:
    chatty = Chatty()
    plugin = rust(chatty, limits=LIMITS)
    with harmless():
        ends(plugin, lambda guest: guest.crm.find("x" * (1 << 20)), "limit-host-call-bytes")
        assert chatty.most == 0
        with pytest.raises(atoll.GuestError):
            plugin.crm.find("x" * 100_000)
    assert chatty.most > 100_000
