"""Guests that ask their host for more than it has: handles, bytes, log lines, stores, names."""

import logging
import time
from contextlib import suppress
from pathlib import Path

import pytest

import atoll
from tests.embed import doors, wat
from tests.embed.harm import unharmed
from tests.embed.plugins import Session, later, rust, small

TIGHT = atoll.Limits(time=20, cpu=1, memory="64MiB", handles=1_000, host_call_bytes="1MiB", log_bytes="4kB")


@pytest.mark.slow
def test_results_of_any_length_are_held_to_the_limit() -> None:
    """16."""
    plugin = rust(limits=TIGHT)
    with unharmed():
        assert len(plugin.bad.huge(1 << 20)) == 1 << 20
        for size in ((1 << 20) + 1, 32 << 20):
            with pytest.raises(atoll.LimitExceeded) as raised:
                plugin.bad.huge(size)
            assert raised.value.code == "limit-host-call-bytes"


@pytest.mark.slow
def test_arguments_of_any_length_are_held_to_the_guests_memory() -> None:
    """16: it is the caller's, and still no more than the guest may have."""
    plugin = rust(limits=TIGHT)
    with unharmed():
        assert plugin.values.length(bytes(8 << 20)) == 8 << 20
        with pytest.raises(atoll.CallFailed):
            plugin.values.length(bytes(80 << 20))


def hoard(instance: atoll.Instance) -> None:
    for _ in range(1_000_000):
        instance.crm.keep_session(Session("anna"))


@pytest.mark.slow
def test_a_million_handles_are_not_given() -> None:
    """16."""
    with unharmed(), rust(limits=TIGHT).open() as instance:
        with pytest.raises(atoll.LimitExceeded) as raised:
            hoard(instance)
        assert raised.value.code == "limit-handles"


@pytest.mark.slow
def test_random_bytes_are_held_to_the_limit() -> None:
    """16."""
    random = doors.passing(
        "wasi:random/random@0.2.0",
        {},
        {"get-random-bytes": doors.Function('(param "len" u64) (result (list u8))', "i64")},
    )
    plugin = atoll.load(random, limits=TIGHT)
    with unharmed():
        assert len(plugin.get_random_bytes(1_000)) == 1_000
        for size in (1 << 21, 1 << 31, (1 << 64) - 1):
            with pytest.raises(atoll.CallFailed):
                plugin.get_random_bytes(size)


@pytest.mark.slow
@pytest.mark.parametrize("log", [True, False], ids=["granted", "not granted"])
def test_a_hundred_thousand_log_lines_are_cut_off(log: bool, caplog: pytest.LogCaptureFixture) -> None:
    """16."""
    source = f"""(component
      (import "wasi:logging/logging@0.1.0-draft" (instance $host
        (type $of (enum "trace" "debug" "info" "warn" "error" "critical")) (export "level" (type $level (eq $of)))
        (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
      {doors.ROOM}
      (core func $log (canon lower (func $host "log") {doors.MEMORY}))
      (core module $core
        (import "host" "log" (func $log (param i32 i32 i32 i32 i32)))
        (func (export "run") (param $times i32)
          (loop $more
            (call $log (i32.const 5) (i32.const 0) (i32.const 100) (i32.const 0) (i32.const 1000))
            (br_if $more (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))))
      (core instance $core (instantiate $core (with "host" (instance (export "log" (func $log))))))
      (func (export "run") (param "times" u32) (canon lift (core func $core "run"))))"""
    plugin = atoll.load(source.encode(), grants=atoll.Grants(log=log), limits=TIGHT)
    with unharmed(), caplog.at_level(logging.INFO):
        plugin.run(100_000)
    written = sum(len(record.getMessage()) for record in caplog.records)
    assert (0 < written < 10_000) if log else written == 0


@pytest.mark.slow
def test_output_without_end_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    """16."""
    plugin = rust(grants=atoll.Grants(log=True), limits=TIGHT)
    with unharmed(), caplog.at_level(logging.INFO):
        for number in (1, 1_000_000):
            plugin.bad.print("x" * number)
            plugin.bad.eprint("x" * number)
    assert sum(len(record.getMessage()) for record in caplog.records) < 20_000


@pytest.mark.slow
def test_a_huge_environment_costs_only_the_call_that_reads_it() -> None:
    """16."""
    grants = atoll.Grants(env={f"NAME_{number}": "x" * 1_000 for number in range(10_000)})
    with unharmed():
        with suppress(atoll.CallFailed):
            atoll.load(doors.ENVIRONMENT, grants=grants, limits=TIGHT).get_environment()
        assert rust(grants=grants).add(1, 2) == 3


@pytest.mark.slow
def test_a_store_is_not_filled_beyond_its_quotas(own_folder: Path) -> None:
    """21."""
    plugin = atoll.load(doors.KEY_VALUE, grants=atoll.Grants(key_value="tenant-7"))
    with unharmed(), plugin.open() as instance:
        store = instance.open_store("default")
        for key, value in (("k" * (1 << 20), b"x"), ("k", bytes((16 << 20) + 1))):
            with pytest.raises((atoll.GuestError, atoll.CallFailed)), plugin.open() as other:
                other.set(other.open_store("default"), key, value)
        assert instance.get_keys(store) == []
        instance.set(store, "k", bytes(1 << 20))
        assert len(instance.get(store, "k")) == 1 << 20


@pytest.mark.parametrize(
    "name", ["", "../x", "a b", "UPPER", "a" * 100_000, "a\0b", "{{ a }}"], ids=lambda name: name[:9] or "none"
)
def test_no_name_leads_to_another_variable(name: str) -> None:
    """22."""
    plugin = atoll.load(doors.VARIABLES, grants=atoll.Grants(variables={"a": "{{ b }}", "b": "secret"}))
    assert plugin.get("a") == "{{ b }}"
    try:
        assert plugin.get(name) is None
    except atoll.GuestError as error:
        assert "secret" not in str(error)
        assert len(str(error)) < 1_000


@pytest.mark.slow
def test_whoever_sleeps_for_ever_is_woken_by_the_deadline() -> None:
    """7."""
    soon, forever = atoll.Limits(time=0.1), (1 << 32) - 1
    with unharmed():
        for sleep in (rust(limits=soon).bad.sleep, later(limits=soon).jobs.nap):
            began = time.monotonic()
            with pytest.raises(atoll.LimitExceeded) as raised:
                sleep(forever)
            assert raised.value.code == "limit-deadline"
            assert time.monotonic() - began < 10


def test_a_secret_of_one_call_is_never_seen_by_another() -> None:
    """47: whatever a pool keeps of a sandbox, it gives none of it to the next."""
    fields = """(memory (export "memory") 2) (global $seen (mut i32) (i32.const 0))
      (func (export "leave")
        (memory.fill (i32.const 0) (i32.const 0x5a) (i32.const 0x20000)) (global.set $seen (i32.const 1)))
      (func (export "look") (result i32) (local $at i32) (local $found i32)
        (loop $more
          (local.set $found (i32.or (local.get $found) (i32.load (local.get $at))))
          (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 0x20000))))
        (i32.or (local.get $found) (global.get $seen)))"""
    lifted = '(func (export "leave") (canon lift (core func $core "leave")))' + wat.lifted_number("look")
    plugin = atoll.load(wat.component(fields, lifted))
    for _ in range(300):
        plugin.leave()
        assert plugin.look() == 0
    with plugin.open() as instance:
        instance.leave()
        assert instance.look() != 0
        assert plugin.look() == 0


@pytest.mark.slow
def test_what_is_small_stays_small() -> None:
    """Whatever else goes on: the twin of all that is refused here."""
    with unharmed():
        assert small().echo(bytes(1_000)) == bytes(1_000)
        assert rust(limits=TIGHT).values.echo_string("x" * 100_000) == "x" * 100_000
