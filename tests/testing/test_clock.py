"""Guests are told the time and random numbers by the test."""

import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import atoll
from atoll.testing import Clock, load_app, load_plugin
from tests.embed.doors import Function, passing
from tests.embed.test_provided import RANDOM, SYSTEM_CLOCK, WALL_CLOCK
from tests.support import built

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SEED = passing("wasi:random/insecure-seed@0.2.0", {}, {"insecure-seed": Function("(result (tuple u64 u64))")})

# Gives what it asked for as bytes: the time of a clock, or so many random ones.
PREVIEW_1 = b"""
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global (export "failed") (mut i32) (i32.const 0))
  (func (export "time") (param i32) (result i64)
    (global.set 0 (call $time (local.get 0) (i64.const 1) (i32.const 64)))
    (i64.load (i32.const 64)))
  (func (export "random") (result i64)
    (global.set 0 (call $random (i32.const 64) (i32.const 8)))
    (i64.load (i32.const 64))))
"""


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


def test_a_clock_stands_still_until_it_is_told_to_go_on(clock: Clock) -> None:
    with load_plugin(WALL_CLOCK, clock=clock) as plugin:
        assert plugin.now().seconds == plugin.now().seconds == NOON.timestamp()
        clock.tick(90.25)
        assert (plugin.now().seconds, plugin.now().nanoseconds) == (NOON.timestamp() + 90, 250_000_000)
        clock.now = datetime(1999, 12, 31, tzinfo=timezone(timedelta(hours=2)))
        assert plugin.now().seconds == datetime(1999, 12, 30, 22, tzinfo=UTC).timestamp()
        assert plugin.resolution().nanoseconds == 1000
        assert plugin.calls.names == []


def test_the_same_in_wasi_0_3(clock: Clock) -> None:
    clock.now = datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)
    with load_plugin(SYSTEM_CLOCK, clock=clock) as plugin:
        assert (plugin.now().seconds, plugin.now().nanoseconds) == (-1, 500_000_000)


def test_a_time_without_a_zone_is_refused(clock: Clock) -> None:
    with pytest.raises(ValueError, match="is of no time zone"):
        Clock(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="is of no time zone"):
        clock.now = datetime(2026, 1, 1)
    assert repr(clock) == "<clock at 2026-01-01T12:00:00+00:00>"


def numbers(**options: Any) -> bytes:
    with load_plugin(RANDOM, **options) as plugin:
        return b"".join(plugin.get_random_bytes(8) for _ in range(2))


def test_a_seed_says_all_numbers() -> None:
    assert numbers(random=7) == numbers(random=7) == random.Random(7).randbytes(8) + numbers(random=7)[8:]
    assert len({numbers(random=7), numbers(random=8), numbers(), numbers()}) == 4
    with load_plugin(SEED, random=7) as one, load_plugin(SEED, random=7) as other:
        assert one.insecure_seed() == other.insecure_seed() != one.insecure_seed()


def test_numbers_may_be_somebody_s_own() -> None:
    class Zero(random.Random):
        def randbytes(self, n: int) -> bytes:
            return bytes(n)

    assert numbers(random=Zero()) == bytes(16)


def test_more_bytes_than_a_test_has_end_the_call() -> None:
    with load_plugin(RANDOM, random=7) as plugin, pytest.raises(atoll.GuestTrap) as raised:
        plugin.get_random_bytes(1 << 60)
    assert isinstance(raised.value.__cause__, ValueError)


def test_core_modules_are_told_the_same(clock: Clock) -> None:
    with load_plugin(PREVIEW_1, clock=clock, random=7) as plugin, plugin.open() as module:
        assert module.time(0) == NOON.timestamp() * 10**9
        clock.tick()
        assert module.time(0) == (NOON.timestamp() + 1) * 10**9
        assert 0 < module.time(1) <= module.time(1)
        assert module.failed.value == 0
        module.time(9)
        assert module.failed.value == 28
        assert module.random() % 2**64 == int.from_bytes(random.Random(7).randbytes(8), "little")
    with load_plugin(PREVIEW_1, random=7) as plugin:
        assert plugin.time(0) > NOON.timestamp() * 10**9


def test_what_the_test_answers_itself_goes_first(clock: Clock) -> None:
    class Own:
        def now(self) -> dict[str, int]:
            return {"seconds": 7, "nanoseconds": 9}

        resolution = now

    with load_plugin(WALL_CLOCK, clock=clock, imports={"wasi:clocks/wall-clock": Own()}) as plugin:
        assert plugin.now().seconds == 7
        assert plugin.calls.names == ["wasi:clocks/wall-clock.now"]
    zero = {"random_get": lambda at, length: 0}
    with load_plugin(PREVIEW_1, clock=clock, random=7, imports={"wasi_snapshot_preview1": zero}) as plugin:
        assert plugin.time(0) == NOON.timestamp() * 10**9
        assert plugin.random() == 0
        assert plugin.calls.names == ["wasi_snapshot_preview1.random_get"]


@pytest.mark.slow
def test_an_app_is_told_by_the_test(clock: Clock) -> None:
    def told() -> list[dict[str, Any]]:
        with load_app(built("python-moments"), clock=clock, random=7) as app:
            answers = [app.get("/").json(), app.get("/").json()]
            assert app.calls.names == []
            return answers

    first, second = told()
    assert first["time"] == second["time"] == NOON.timestamp()
    assert len({first["bytes"], second["bytes"], first["uuid"], second["uuid"]}) == 4
    clock.tick(5)
    assert [{**each, "slept": 0} for each in told()] == [
        {**each, "slept": 0, "time": NOON.timestamp() + 5} for each in (first, second)
    ]


@pytest.mark.slow
def test_an_app_measures_time_by_the_machine_s_clock(clock: Clock) -> None:
    with load_app(built("python-moments"), clock=clock) as app:
        assert 0.02 <= app.get("/sleep").json()["slept"] < 2


@pytest.mark.slow
def test_the_clock_of_an_app_may_be_an_object_among_its_imports() -> None:
    class Own:
        def now(self) -> dict[str, int]:
            return {"seconds": 7, "nanoseconds": 500_000_000}

        resolution = now

    with load_app(built("python-moments"), imports={"wasi:clocks/wall-clock": Own()}) as app:
        assert app.get("/").json()["time"] == 7.5
        assert set(app.calls.names) == {"wasi:clocks/wall-clock.now"}
