"""What a plugin may use over time: what is beyond is refused, and told when it will be free."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import atoll
from atoll.embed.plugins import meter
from atoll.embed.plugins.quotas import Bucket, seconds_of
from atoll.errors import UserError
from tests.embed.loops import run
from tests.plugins import wat
from tests.plugins.folders import PluginFolder
from tests.plugins.test_reload import Bell
from tests.support import built


class Clock:
    """The time of quotas, which stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(meter, "monotonic", clock)
    return clock


def refused(call: Callable[[], Any]) -> atoll.QuotaExceeded:
    with pytest.raises(atoll.QuotaExceeded) as raised:
        call()
    assert raised.value.code == "quota-exceeded"
    return raised.value


def test_a_bucket_fills_up_evenly_and_can_be_overdrawn() -> None:
    bucket = Bucket(10, 20, now=0)
    assert bucket.wait(10, now=0) == 0
    bucket.take(10)
    assert (bucket.wait(1, now=0), bucket.wait(1, now=1), bucket.wait(1, now=2)) == (2, 1, 0)
    bucket.take(6)
    assert bucket.wait(0, now=2) == 10
    assert bucket.wait(0, now=1) == 10, "a clock that seems to go back changes nothing"
    assert bucket.wait(10, now=1000) == 0
    bucket.take(10)
    assert bucket.wait(1, now=1000) == 2


def test_calls_beyond_the_quota_are_refused_until_there_is_one_again(folder: PluginFolder, clock: Clock) -> None:
    folder.put("one", wat.numbered(1))
    folder.put("two", wat.numbered(2))
    plugins = folder.load(quotas=atoll.Quotas(calls=3, per=30))
    assert [plugins.one.number() for _ in range(3)] == [1, 1, 1]
    error = refused(plugins.one.number)
    assert (error.plugin, error.quota, error.retry_after) == ("one", "calls", 10)
    assert str(error) == ("plugin `one` has used up its quota of 3 calls in 30 s; it can be called again in 10 s")
    assert error.hint == "`atoll.Quotas(calls=…)` raises it"
    assert plugins.two.number() == 2, "each plugin has its own"
    clock.now += 10
    assert plugins.one.number() == 1
    assert refused(plugins.one.number).retry_after == 10
    assert plugins.metrics()["one"]["refused"] == {"calls": 2}


@pytest.mark.parametrize("way", ["instances", "methods", "coroutines", "hooks", "by name", "what was kept"])
def test_no_way_leads_around_a_quota(way: str, folder: PluginFolder, clock: Clock) -> None:
    from tests.embed.plugins import Directory

    folder.put("crm", built("rust-plugin").read_bytes(), suffix=".wasm")
    plugins = folder.load(imports={"acme:plugin/directory": Directory()}, quotas=atoll.Quotas(calls=2, per="1h"))
    add = plugins.crm.add
    if way == "instances":
        with plugins.crm.open() as instance:
            assert instance.add(1, 2) == 3
            refused(lambda: instance.add(1, 2))
    elif way == "methods":
        counter = plugins.crm.counters.Counter(5)
        assert counter.value() == 5
        refused(counter.value)
        refused(lambda: counter.increment(1))
    else:
        assert (add(1, 2), add(3, 4)) == (3, 7)
        if way == "coroutines":
            refused(lambda: run(lambda: plugins.crm.aio.add(1, 2)))
            refused(lambda: run(lambda: plugins.aio.call("crm", "add", 1, 2)))
        elif way == "hooks":
            refused(lambda: plugins.hook("add")(1, 2))
            assert list(plugins.hook("add", errors="skip")(1, 2).errors) == ["crm"]
        elif way == "by name":
            refused(lambda: plugins.call("crm", "values/echo-u8", 1))
        else:
            refused(lambda: add(1, 2))
    refused(plugins.crm.open)


def test_a_new_version_does_not_begin_anew(folder: PluginFolder, clock: Clock) -> None:
    file = folder.put("one", wat.numbered(1))
    plugins = folder.load(quotas=atoll.Quotas(calls=1))
    assert plugins.one.number() == 1
    folder.put("one", wat.numbered(2))
    plugins.refresh()
    refused(plugins.one.number)
    file.unlink()
    plugins.refresh()
    folder.put("one", wat.numbered(3))
    plugins.refresh()
    refused(plugins.one.number)


def test_calls_at_the_same_time_have_a_quota(folder: PluginFolder) -> None:
    bell = Bell()
    folder.put("one", wat.ringing(1))
    plugins = folder.load(imports={wat.BELL: bell}, quotas=atoll.Quotas(concurrent=1))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(plugins.one.run)
        assert bell.rung.wait(60)
        error = refused(plugins.one.run)
        assert (error.quota, error.retry_after) == ("concurrent", None)
        assert "when one of them has ended" in error.message
        bell.opened.set()
        assert running.result(60) == 1
    assert plugins.one.run() == 1


def test_a_call_that_fails_or_is_cancelled_gives_its_place_back(folder: PluginFolder) -> None:
    folder.put("one", wat.trapping("trap"))
    folder.put("slow", wat.looping())
    plugins = folder.load(quotas=atoll.Quotas(concurrent=1))
    for _ in range(3):
        with pytest.raises(atoll.GuestTrap):
            plugins.one.trap(1)
        with pytest.raises(TypeError):
            plugins.one.trap("no number")

    async def main() -> None:
        import asyncio

        for _ in range(3):
            call = asyncio.create_task(plugins.slow.aio.on_save(1))
            while not plugins.metrics()["slow"]["in_flight"]:
                await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    run(main)
    metrics = plugins.metrics()
    assert metrics["one"]["failed"] == {"guest-trapped": 3, "call-invalid": 3}
    assert metrics["slow"]["failed"] == {"cancelled": 3}
    assert (metrics["one"]["in_flight"], metrics["slow"]["in_flight"]) == (0, 0)


def test_cpu_time_has_a_quota(folder: PluginFolder, clock: Clock) -> None:
    folder.put("fast", built("c-plugin").read_bytes(), suffix=".wasm")
    plugins = folder.load(quotas=atoll.Quotas(cpu=0.02, per=2))
    while plugins.metrics()["fast"]["cpu_seconds"] <= 0.02:
        plugins.fast.spin(10_000_000)
    used = plugins.metrics()["fast"]["cpu_seconds"]
    error = refused(plugins.fast.nop)
    assert error.quota == "cpu"
    assert error.retry_after is not None
    assert error.retry_after == pytest.approx((used - 0.02) * 100)
    clock.now += error.retry_after + 0.001
    plugins.fast.nop()


def test_cpu_time_of_awaited_calls_counts_as_well(folder: PluginFolder) -> None:
    folder.put("fast", built("c-plugin").read_bytes(), suffix=".wasm")
    plugins = folder.load()

    async def main() -> None:
        await plugins.fast.aio.spin(30_000_000)
        # What an awaited call used is told a little after its end.
        while plugins.metrics()["fast"]["cpu_seconds"] < 0.005:
            await plugins.fast.aio.nop()

    run(main)


@pytest.mark.slow
def test_many_threads_get_no_more_than_the_quota(folder: PluginFolder, clock: Clock) -> None:
    folder.put("one", wat.numbered(1))
    plugins = folder.load(quotas=atoll.Quotas(calls=100))
    together = threading.Barrier(8)

    def call(_: int) -> int:
        together.wait(60)
        done = 0
        for _ in range(50):
            try:
                done += plugins.one.number()
            except atoll.QuotaExceeded:
                continue
        return done

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(call, range(8))) == 100
    assert plugins.metrics()["one"]["refused"] == {"calls": 300}


@pytest.mark.parametrize(
    "name, value",
    [
        *(("calls", value) for value in (0, 1.5, True)),
        *(("cpu", value) for value in (0, -1, "1", True)),
        *(("per", value) for value in ("soon", float("inf"), float("nan"))),
        ("concurrent", -1),
    ],
)
def test_a_quota_that_is_none_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UserError, match=rf"Quotas\({name}=") as raised:
        atoll.Quotas(**{name: value})
    assert raised.value.code == "limit-invalid"


def test_times_of_quotas_can_be_texts() -> None:
    assert seconds_of(atoll.Quotas(cpu="200ms", per="5m"), "per") == 300
