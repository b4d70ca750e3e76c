"""Each limit ends what goes beyond it, says which key raises it, and harms nobody else."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import atoll
from atoll.errors import CODES
from tests.embed import wat
from tests.embed.plugins import Applying, Awaiting, Session, rust, small

SOON = atoll.Limits(time="100ms")
GROWING = """(table 1 funcref) (func (export "run") (loop $more
  (br_if $more (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable)"""


def tables() -> None:
    atoll.load(wat.plain(GROWING, "run"), limits=atoll.Limits(table_elements=10_000)).run()


def keeping() -> None:
    with rust(limits=atoll.Limits(handles=30)).open() as instance:
        for number in range(60):
            instance.crm.keep_session(Session(f"{number}"))


CASES: dict[str, tuple[Callable[[], Any], str, str]] = {
    "time, asleep": (
        lambda: rust(limits=SOON).bad.sleep(60_000),
        "limit-deadline",
        "the call reached the deadline of 100 ms; `atoll.Limits(time=…)` raises it",
    ),
    "time, busy": (
        lambda: rust(limits=SOON).bad.spin(),  # noqa: PLW0108 -- nothing is loaded while tests are collected
        "limit-deadline",
        "the call reached the deadline of 100 ms; `atoll.Limits(time=…)` raises it",
    ),
    "cpu": (
        lambda: rust(limits=atoll.Limits(cpu=0.05)).bad.spin(),  # noqa: PLW0108
        "limit-cpu",
        "the CPU time of 50 ms; `atoll.Limits(cpu=…)` raises it",
    ),
    "memory": (
        lambda: rust(limits=atoll.Limits(memory="16MiB")).bad.grow(32 << 20),
        "limit-memory",
        "the memory limit of 16777216 bytes; `atoll.Limits(memory=…)` raises it",
    ),
    "table_elements": (
        tables,
        "limit-tables",
        "the table limit of 10000 elements; `atoll.Limits(table_elements=…)` raises it",
    ),
    "handles": (keeping, "limit-handles", "the handle limit of 30 resources; `atoll.Limits(handles=…)` raises it"),
    "host_call_bytes, as a result": (
        lambda: rust(limits=atoll.Limits(host_call_bytes="64KiB")).bad.huge(100_000),
        "limit-host-call-bytes",
        "the host-call limit of 65536 bytes; `atoll.Limits(host_call_bytes=…)` raises it",
    ),
    "host_call_bytes, to the host": (
        lambda: rust(limits=atoll.Limits(host_call_bytes=65_536)).crm.find("x" * 100_000),
        "limit-host-call-bytes",
        "the host-call limit of 65536 bytes; `atoll.Limits(host_call_bytes=…)` raises it",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_limit_ends_the_call_and_names_its_key(name: str) -> None:
    call, code, words = CASES[name]
    for _ in range(2):
        with pytest.raises(atoll.LimitExceeded) as raised:
            call()
        assert (raised.value.code, words in raised.value.message) == (code, True), raised.value.message
        assert code in CODES
        assert small().add(1, 2) == 3


WITHIN: dict[str, tuple[Callable[[], Any], Any]] = {
    "time": (lambda: rust(limits=atoll.Limits(time=20)).bad.sleep(50), None),
    "cpu": (lambda: small(limits=atoll.Limits(cpu=20)).spin(1_000_000) > 0, True),
    "memory": (lambda: rust(limits=atoll.Limits(memory="64MiB")).bad.grow(32 << 20) >= 32 << 20, True),
    "handles": (lambda: rust(limits=atoll.Limits(handles=30)).crm.visit("anna"), "anna 1, anna 1"),
    "host_call_bytes": (lambda: len(rust(limits=atoll.Limits(host_call_bytes="64KiB")).bad.huge(60_000)), 60_000),
}


@pytest.mark.parametrize("name", WITHIN)
def test_what_stays_within_its_limit_goes_well(name: str) -> None:
    call, given = WITHIN[name]
    assert call() == given


def slow(n: int) -> int:
    time.sleep(0.4)
    return n + 1


async def slow_later(n: int) -> int:
    import asyncio

    await asyncio.sleep(60)
    return n + 1


@pytest.mark.slow
@pytest.mark.parametrize("host", [Applying(slow), Awaiting(slow_later)], ids=["def", "async-def"])
def test_a_host_function_that_takes_too_long_counts(host: Applying) -> None:
    """One that is `def` runs on the thread that called, and comes to its own end first."""
    with pytest.raises(atoll.LimitExceeded) as raised:
        rust(host, limits=atoll.Limits(time=0.1)).crm.call_apply(1)
    assert raised.value.code == "limit-deadline"
    assert small().add(1, 2) == 3


@pytest.mark.slow
def test_waiting_for_a_host_is_no_cpu_time() -> None:
    assert rust(Applying(slow), limits=atoll.Limits(cpu=0.1)).crm.call_apply(1) == 2
    assert rust(limits=atoll.Limits(cpu=0.1)).bad.sleep(300) is None


@pytest.mark.slow
def test_the_limit_of_one_call_does_not_end_its_sibling() -> None:
    """The sibling outlives the other's deadline, though it began later."""
    begun, ended = threading.Event(), threading.Event()

    def apply(n: int) -> int:
        begun.set()
        assert ended.wait(30)
        return n + 1

    plugin = rust(Applying(apply), limits=atoll.Limits(time=5))
    hasty = rust(limits=atoll.Limits(time=0.2))
    with ThreadPoolExecutor(2) as pool:
        sibling = pool.submit(plugin.crm.call_apply, 1)
        assert begun.wait(30)
        late = pool.submit(hasty.bad.sleep, 60_000)
        with pytest.raises(atoll.LimitExceeded):
            late.result(30)
        ended.set()
        assert sibling.result(30) == 2


@pytest.mark.slow
def test_the_deadline_of_one_call_of_a_plugin_does_not_end_another_of_it() -> None:
    plugin = rust(limits=atoll.Limits(time=2))
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(plugin.bad.sleep, 60_000)
        time.sleep(1.6)
        plugin.bad.sleep(600)
        with pytest.raises(atoll.LimitExceeded):
            late.result(30)


@pytest.mark.slow
def test_the_log_is_cut_off_at_its_limit_and_the_call_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    grants = atoll.Grants(log=True)
    with rust(limits=atoll.Limits(log_bytes="1kB"), grants=grants).open() as instance, caplog.at_level(logging.INFO):
        for number in range(100):
            instance.bad.print("x" * 50 + f"{number}")
        one_call = sum(len(record.getMessage()) for record in caplog.records)
        caplog.clear()
        instance.bad.print("y" * 100_000)
    assert one_call > 1_000
    assert sum(len(record.getMessage()) for record in caplog.records) < 2_000


def test_a_limit_that_ends_a_call_has_its_stack_where_there_is_one() -> None:
    with pytest.raises(atoll.LimitExceeded) as raised:
        small(limits=atoll.Limits(cpu=0.01)).spin((1 << 64) - 1)
    assert raised.value.stack
    assert "guest stack:" in raised.value.__notes__[0]
