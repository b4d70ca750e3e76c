"""11, 12, 13, 14: memory, tables and the stack, in steps and at once."""

from operator import methodcaller

import pytest

import atoll
from tests.embed.plugins import rust
from tests.hostile.embed.guests import MEMORY, STACK
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.ways import HALVES, LIMITS, ends, fresh, kept
from tests.support import built

RUN = methodcaller("run")
BODIES = MEMORY | STACK


@pytest.mark.slow
@pytest.mark.parametrize("name", BODIES)
def test_a_guest_gets_no_more_than_its_limits_in_each_way(name: str) -> None:
    """11, 12, 13, 14."""
    body = BODIES[name]
    with harmless():
        for source, ways in zip((body.component, body.module), HALVES, strict=True):
            ends(atoll.load(source, limits=LIMITS), RUN, body.code, ways=ways)


@pytest.mark.slow
def test_memory_is_counted_over_all_modules_of_a_library() -> None:
    """12: each of them stays below the limit."""
    main = b'(module (import "lib" "f" (func $f)) (memory 300) (func (export "run") (call $f)))'
    beside = b'(module (memory 300) (func (export "f")))'
    with harmless():
        ends(atoll.load(main, modules={"lib": beside}, limits=LIMITS), RUN, "limit-memory")


@pytest.mark.slow
def test_a_guest_that_takes_a_refusal_well_goes_on_and_so_does_its_instance() -> None:
    """11: what is refused is the guest's to notice."""
    plugin = atoll.load(built("wat-memory-stepwise"), limits=LIMITS)
    with harmless(), plugin.open() as instance:
        assert [instance.grow() * 65_536, instance.grow() * 65_536, plugin.grow() * 65_536] == [32 << 20] * 3


@pytest.mark.slow
def test_a_host_grows_a_guests_memory_no_further_either() -> None:
    """11."""
    plugin = atoll.load(b'(module (memory (export "memory") 1))', limits=LIMITS)
    with harmless():
        for pages in (512, 65_535, 65_536, 1 << 32):
            with plugin.open() as instance, pytest.raises((atoll.LimitExceeded, atoll.GuestTrap)) as raised:
                instance.memory.grow(pages)
            assert "memory" in raised.value.message
        with plugin.open() as instance:
            assert instance.memory.grow(511) == 1
            assert len(instance.memory) == 32 << 20


@pytest.mark.slow
def test_memory_of_ended_calls_is_given_back() -> None:
    """11: sixty sandboxes of 24 MiB each, one after the other."""
    plugin = rust(limits=LIMITS)
    with harmless():
        for _ in range(15):
            for way in (fresh, kept):
                way(plugin, lambda guest: guest.bad.grow(12 << 20))


@pytest.mark.slow
def test_a_stack_that_overflows_in_a_deep_python_is_no_deeper() -> None:
    """14: a guest has a stack of its own, however much of Python's is used up."""

    def deeper(depth: int) -> None:
        if depth:
            deeper(depth - 1)
        else:
            ends(atoll.load(STACK["recursion"].module, limits=LIMITS), RUN, "guest-trapped", ways=(fresh, kept))

    with harmless():
        deeper(700)


@pytest.mark.slow
def test_one_table_may_be_as_large_as_the_limit_says() -> None:
    """13: or the error would say what forbids it."""
    source = b"""(module (table $t 1 funcref) (func (export "size") (result i32) (table.size $t))
      (func (export "run") (drop (table.grow $t (ref.null func) (i32.const 149999)))))"""
    with atoll.load(source, limits=atoll.Limits(table_elements=200_000)).open() as instance:
        instance.run()
        assert instance.size() == 150_000
