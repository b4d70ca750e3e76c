"""A resource belongs to the instance that made it."""

import gc

import pytest

import atoll
from tests.embed.plugins import rust


def test_one_of_another_plugin_is_refused() -> None:
    with rust().open() as instance, rust().open() as other:
        with pytest.raises(TypeError, match="must be a Counter"):
            instance.counters.consume(other.counters.Counter(1))
        assert instance.is_open


def test_one_of_another_instance_is_refused_and_both_go_on() -> None:
    plugin = rust()
    with plugin.open() as instance, plugin.open() as other:
        own, foreign = instance.counters.Counter(1), other.counters.Counter(2)
        with pytest.raises((TypeError, ValueError), match="another instance"):
            instance.counters.sum([own, foreign])
        with pytest.raises((TypeError, ValueError), match="another instance"):
            instance.counters.consume(foreign)
        assert instance.is_open
        assert (own.value(), foreign.value()) == (1, 2)


def test_one_from_a_fresh_call_keeps_its_sandbox() -> None:
    plugin = rust()
    counter = plugin.counters.Counter(3)
    gc.collect()
    assert counter.increment(1) == 4
    assert plugin.counters.living() == 0
    with counter:
        assert counter.increment(1) == 5


def test_those_of_fresh_calls_live_in_sandboxes_of_their_own() -> None:
    plugin = rust()
    one, other = plugin.counters.Counter(1), plugin.counters.Counter(2)
    assert (one.value(), other.value()) == (1, 2)
    with pytest.raises((TypeError, ValueError), match="another instance"):
        plugin.counters.sum([one, other])
    assert (one.value(), other.value()) == (1, 2)


def test_a_fresh_call_that_takes_one_runs_where_that_lives() -> None:
    plugin = rust()
    one = plugin.counters.Counter(1)
    other = plugin.counters.Counter.clone_of(one)
    assert plugin.counters.sum([one, other]) == 2
    with plugin.open() as instance:
        assert plugin.counters.sum([instance.counters.Counter(2), instance.counters.Counter(3)]) == 5


def test_a_trap_ends_the_sandbox_and_all_that_lives_there() -> None:
    with rust().open() as instance:
        counter = instance.counters.Counter(1)
        with pytest.raises(atoll.GuestTrap):
            instance.bad.trap()
        with pytest.raises(atoll.InstanceEnded):
            counter.value()
        counter.close()


def test_closing_the_instance_ends_its_resources() -> None:
    with rust().open() as instance:
        counter = instance.counters.Counter(1)
    with pytest.raises(atoll.InstanceEnded):
        counter.value()
    counter.close()
    del counter
    gc.collect()


def test_a_method_can_be_kept_and_keeps_its_object() -> None:
    with rust().open() as instance:
        increment = instance.counters.Counter(1).increment
        gc.collect()
        assert (increment(1), increment(1)) == (2, 3)
        assert instance.counters.living() == 1
