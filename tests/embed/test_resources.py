"""Objects that a guest makes: they live in one instance, and their destructors run there."""

import gc
from typing import Any

import pytest

import atoll
from tests.embed.plugins import rust


def test_a_constructor_makes_one_and_methods_are_its_own() -> None:
    with rust().open() as instance:
        counter = instance.counters.Counter(3)
        assert counter.increment(4) == counter.increment(by=0) == counter.value() == 7
        assert instance.counters.Counter(start=-1).value() == -1


def test_a_static_function_is_one_of_the_class() -> None:
    with rust().open() as instance:
        first = instance.counters.Counter(3)
        clone = instance.counters.Counter.clone_of(first)
        clone.increment(1)
        assert (first.value(), clone.value()) == (3, 4)


@pytest.mark.parametrize("given, named", [((), {}), ((1, 2), {}), (("x",), {}), ((), {"begin": 1})])
def test_a_constructor_refuses_what_does_not_fit(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    with rust().open() as instance:
        with pytest.raises(TypeError):
            instance.counters.Counter(*given, **named)
        assert instance.counters.living() == 0


def test_resources_are_of_the_class_that_the_plugin_shows() -> None:
    plugin = rust()
    with plugin.open() as instance:
        counter = instance.counters.Counter(1)
        clone = instance.counters.Counter.clone_of(counter)
        for one in (counter, clone):
            assert isinstance(one, plugin.counters.Counter)
            assert isinstance(one, instance.counters.Counter)
            assert isinstance(one, atoll.GuestResource)
    assert not isinstance(counter, rust().counters.Counter)


def test_the_end_of_with_runs_the_destructor() -> None:
    with rust().open() as instance:
        with instance.counters.Counter(1) as counter:
            assert instance.counters.living() == 1
            counter.increment(1)
        assert instance.counters.living() == 0


def test_close_runs_the_destructor_once() -> None:
    with rust().open() as instance:
        counter, other = instance.counters.Counter(1), instance.counters.Counter(2)
        for _ in range(3):
            counter.close()
        assert instance.counters.living() == 1
        assert other.value() == 2


def test_what_nobody_holds_is_destroyed() -> None:
    with rust().open() as instance:
        counters = [instance.counters.Counter(number) for number in range(10)]
        assert instance.counters.living() == 10
        del counters[3:]
        gc.collect()
        assert instance.counters.living() == 3
        assert instance.counters.sum(counters) == 3


@pytest.mark.parametrize("use", ["value()", "increment(1)", "clone_of(counter)"])
def test_a_closed_one_cannot_be_used_and_the_instance_goes_on(use: str) -> None:
    with rust().open() as instance:
        counter = instance.counters.Counter(1)
        counter.close()
        with pytest.raises((TypeError, ValueError), match="it was closed"):
            eval(f"counter.{use}", {"counter": counter})
        assert instance.is_open
        assert instance.counters.living() == 0


def test_lists_of_borrowed_ones_cross() -> None:
    with rust().open() as instance:
        counters = [instance.counters.Counter(number) for number in range(100)]
        assert instance.counters.sum(counters) == instance.counters.sum(tuple(counters)) == 4950
        assert instance.counters.sum([]) == 0
        assert instance.counters.sum([counters[7]] * 3) == 21
        assert instance.counters.living() == 100


def test_one_that_was_given_away_is_the_guests() -> None:
    with rust().open() as instance:
        counter = instance.counters.Counter(7)
        assert instance.counters.consume(counter) == 7
        assert instance.counters.living() == 0
        for use in (
            counter.value,
            lambda: instance.counters.consume(counter),
            lambda: instance.counters.sum([counter]),
        ):
            with pytest.raises((TypeError, ValueError), match="it was given away"):
                use()
        counter.close()
        assert instance.is_open
        assert instance.counters.living() == 0


def test_what_is_no_resource_is_refused_with_its_place() -> None:
    with rust().open() as instance:
        counter = instance.counters.Counter(1)
        for wrong in (3, None, "counter", object(), instance.counters.Counter):
            with pytest.raises(TypeError, match=r"^counters\[1\] must be a Counter; got "):
                instance.counters.sum([counter, wrong])
        with pytest.raises(TypeError, match=r"^self must be a Counter; got 3"):
            instance.counters.Counter.increment(3, 4)
        assert instance.is_open


def test_attributes_that_there_are_not_are_refused() -> None:
    counter = rust().counters.Counter(1)
    for name in ("nope", "__enter", "start"):
        assert not hasattr(counter, name)
    with pytest.raises(AttributeError):
        counter.more = 1


@pytest.mark.slow
def test_many_come_and_go() -> None:
    with rust().open() as instance:
        for number in range(2_000):
            assert instance.counters.Counter(number).value() == number
        gc.collect()
        assert instance.counters.living() <= 1
