"""A call has a sandbox of its own, unless an instance is kept: that one remembers, until it ends."""

from collections.abc import Callable
from typing import Any

import pytest

import atoll
from tests.embed import wat
from tests.embed.plugins import Applying, rust, small


def test_a_fresh_sandbox_sees_nothing_of_earlier_calls() -> None:
    state = rust().state
    assert [state.bump() for _ in range(5)] == [1] * 5
    state.remember("key", "value")
    assert state.recall("key") is None


def test_a_kept_instance_sees_what_earlier_calls_left() -> None:
    with rust().open() as instance:
        assert [instance.state.bump() for _ in range(5)] == [1, 2, 3, 4, 5]
        instance.state.remember("key", "value")
        assert instance.state.recall("key") == "value"


def test_instances_see_nothing_of_each_other() -> None:
    plugin = rust()
    with plugin.open() as one, plugin.open() as other:
        assert (one.state.bump(), one.state.bump(), other.state.bump(), plugin.state.bump()) == (1, 2, 1, 1)


def test_all_names_of_an_instance_lead_into_it() -> None:
    with rust().open() as instance:
        full = instance.exports["acme:plugin/state"]
        bump = instance.state.bump
        assert (instance.state.bump(), full.bump(), bump()) == (1, 2, 3)


def test_with_closes_it_at_the_blocks_end() -> None:
    with rust().open() as instance:
        assert instance.is_open
    assert not instance.is_open
    with pytest.raises(atoll.InstanceEnded, match="the instance was closed") as raised:
        instance.state.bump()
    assert raised.value.code == "instance-ended"


def test_with_closes_it_where_the_block_raises() -> None:
    with pytest.raises(KeyError), rust().open() as instance:
        raise KeyError
    assert not instance.is_open


def test_it_can_be_closed_often() -> None:
    instance = rust().open()
    for _ in range(3):
        instance.close()
    assert not instance.is_open
    with instance:
        assert not instance.is_open


def test_a_function_of_a_closed_instance_is_refused_wherever_it_was_kept() -> None:
    with rust().open() as instance:
        bump, state = instance.state.bump, instance.state
        bump()
    for call in (bump, state.bump, instance.exports["acme:plugin/state"].bump):
        with pytest.raises(atoll.InstanceEnded):
            call()


ENDING: dict[str, tuple[Callable[[Any], object], str]] = {
    "trap": (lambda instance: instance.bad.trap(), "unreachable"),
    "panic": (lambda instance: instance.bad.panic("oh no"), "unreachable"),
    "exit": (lambda instance: instance.bad.exit(0), ""),
    "overflow": (lambda instance: instance.bad.overflow(), "stack"),
    "time": (lambda instance: instance.bad.sleep(60_000), "deadline of 500 ms"),
    "cpu": (lambda instance: instance.bad.spin(), "CPU time of 100 ms"),
    "memory": (lambda instance: instance.bad.grow(1 << 30), "memory"),
    "host": (lambda instance: instance.crm.call_apply(0), "ZeroDivisionError"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDING)
def test_a_call_that_ends_badly_is_the_last_and_later_ones_are_told_why(name: str) -> None:
    call, why = ENDING[name]
    limits = atoll.Limits(time=0.5 if name == "time" else 20, cpu=0.1, memory="64MiB")
    plugin = rust(Applying(lambda n: 1 // n), limits=limits)
    with plugin.open() as instance, plugin.open() as sibling:
        sibling.state.bump()
        with pytest.raises(atoll.CallFailed) as first:
            call(instance)
        assert why in str(first.value)
        assert not instance.is_open
        for _ in range(2):
            with pytest.raises(atoll.InstanceEnded, match=r"^the instance has ended: ") as later:
                instance.state.bump()
            assert later.value.code == "instance-ended"
            assert first.value.message in later.value.message
        assert sibling.state.bump() == 2
    assert plugin.state.bump() == 1


@pytest.mark.slow
def test_an_instance_whose_start_goes_wrong_is_never_there() -> None:
    plugin = atoll.load(
        wat.plain('(func $start unreachable) (start $start) (func (export "run"))', "run"),
    )
    for _ in range(2):
        with pytest.raises(atoll.GuestTrap):
            plugin.open()
        with pytest.raises(atoll.GuestTrap):
            plugin.run()


def test_opening_begins_under_the_limits_of_a_call() -> None:
    plugin = atoll.load(
        wat.plain(f'(func $start {wat.FOREVER}) (start $start) (func (export "run"))', "run"),
        limits=atoll.Limits(cpu=0.05),
    )
    with pytest.raises(atoll.LimitExceeded) as raised:
        plugin.open()
    assert raised.value.code == "limit-cpu"


@pytest.mark.slow
def test_each_call_of_an_instance_has_the_limits_anew() -> None:
    with small(limits=atoll.Limits(cpu=0.2, time=20)).open() as instance:
        for _ in range(30):
            instance.spin(3_000_000)


def test_a_plugin_is_no_instance() -> None:
    with pytest.raises(TypeError), rust():  # type: ignore[attr-defined]
        pass
    assert not hasattr(rust(), "is_open")


def test_more_instances_than_the_process_can_hold_are_told_so() -> None:
    """Those of other tests count, and go when they are closed: so it is tried in a process of its own elsewhere."""
    plugin = small()
    instances = [plugin.open() for _ in range(200)]
    assert sum(instance.add(1, 1) for instance in instances) == 400
    for instance in instances:
        instance.close()
    assert not any(instance.is_open for instance in instances)
