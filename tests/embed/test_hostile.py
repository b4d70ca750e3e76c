"""Hostile guests: each ends with its own error, within bounds, and whoever else is called goes on."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest

import atoll
from atoll.errors import AtollError
from tests.embed import hostile, wat
from tests.embed.harm import unharmed
from tests.embed.plugins import rust, small
from tests.hostile import bombs
from tests.hostile.test_shapes import doubling, instances
from tests.support import built

TIGHT = atoll.Limits(
    time=20,
    cpu=0.15,
    memory="32MiB",
    table_elements=100_000,
    handles=1_000,
    host_call_bytes="1MiB",
    log_bytes="4kB",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", hostile.GUESTS)
def test_a_guest_ends_with_its_own_error(name: str) -> None:
    """1, 2, 3, 11, 12, 13, 14."""
    source, codes = hostile.GUESTS[name]
    plugin = atoll.load(source, limits=TIGHT)
    with unharmed():
        for _ in range(3):
            with pytest.raises(atoll.CallFailed) as raised:
                plugin.run()
            assert re.fullmatch(codes or ".*", raised.value.code), raised.value


FILES: dict[str, tuple[Callable[[Any], object], str]] = {
    "wat-start-forever": (lambda plugin: plugin.run(), "limit-cpu"),
    "wat-realloc-forever": (lambda plugin: plugin.length("text"), "limit-cpu"),
    "wat-post-return-forever": (lambda plugin: plugin.word(), "limit-cpu"),
    "wat-fill-forever": (lambda plugin: plugin.run(), "limit-cpu"),
    "wat-memory-at-once": (lambda plugin: plugin.run(), "limit-memory"),
    "wat-lying-lengths": (lambda plugin: plugin.words(), "guest-trapped|limit-host-call-bytes"),
    "wat-shared-strings": (lambda plugin: plugin.words(), "limit-host-call-bytes"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [False, True], ids=["fresh", "kept"])
def test_a_guest_that_misbehaves_around_its_call_ends_with_its_own_error(name: str, kept: bool) -> None:
    """2, 3, 12, 16."""
    call, code = FILES[name]
    plugin = atoll.load(built(name), limits=TIGHT)
    with unharmed():
        for _ in range(3):
            sandboxed = plugin.open if kept else partial(nullcontext, plugin)
            with pytest.raises(atoll.CallFailed) as raised, sandboxed() as called:
                call(called)
            assert re.fullmatch(code, raised.value.code), raised.value


@pytest.mark.slow
def test_a_destructor_that_never_ends_ends_the_call_that_runs_it() -> None:
    """2: it runs before the next call of its instance."""
    plugin = atoll.load(built("wat-destructor-forever"), limits=TIGHT)
    with unharmed():
        with plugin.open() as instance:
            things = instance.exports["acme:bad/things"]
            things.Thing(1).close()
            with pytest.raises(atoll.LimitExceeded) as raised:
                things.Thing(2)
            assert raised.value.code == "limit-cpu"
            assert not instance.is_open
        plugin.exports["acme:bad/things"].Thing(1).close()


@pytest.mark.slow
def test_memory_that_is_not_given_is_the_guests_to_notice() -> None:
    """11."""
    with unharmed():
        assert atoll.load(built("wat-memory-stepwise"), limits=TIGHT).grow() * 65_536 == 32 << 20


@pytest.mark.slow
def test_values_nested_as_deep_as_is_valid_cross_and_deeper_ones_are_refused() -> None:
    """16."""
    plugin = atoll.load(built("wat-nested-options"))
    with unharmed():
        assert plugin.echo(None) is None
        with pytest.raises((TypeError, atoll.CallFailed)):
            plugin.echo(7)
        str(plugin.echo.__signature__)
    with pytest.raises(AtollError) as raised:
        atoll.load(built("wat-nested-options-200"))
    assert raised.value.code == "guest-invalid"


SHAPES: dict[str, bytes] = {
    "components in components": b"(component " * 1_000 + b")" * 1_000,
    "ten thousand imports": b"(component "
    + b"".join(b'(import "a:b/c%d" (instance))' % n for n in range(10_000))
    + b")",
    "a type that doubles": doubling(40).encode(),
    "ten thousand instances": instances(10_000).encode(),
    "a million types": bombs.wide(types=1_000_001),
    "a million globals": bombs.wide(globals_=1_000_001),
    "a million memories": bombs.wide(memories=1_000_000),
    "a count that is not there": b"\0asm\x01\0\0\0\x01\x05\xff\xff\xff\xff\x0f",
    "parentheses": b"(" * 1_000_000,
    "no text": bytes(range(256)) * 1_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_a_file_of_any_shape_is_loaded_or_refused_soon(name: str) -> None:
    """15, 25."""
    with unharmed():
        began = time.monotonic()
        try:
            atoll.load(SHAPES[name], limits=TIGHT)
        except AtollError as error:
            assert error.exit_code == 1
            assert len(str(error)) < 10_000
        assert time.monotonic() - began < 60


@pytest.mark.slow
def test_a_million_exports_of_one_type_that_doubles_do_not_fill_memory() -> None:
    """15, 16: names and signatures are made when they are asked for."""
    types = "".join(f"(type $t{n + 1} (tuple $t{n} $t{n}))" for n in range(30))
    source = f"""(component (type $t0 (tuple u8 u8)) {types}
      (core module $core (memory (export "memory") 1)
        (func (export "run") (param i32))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
      (core instance $core (instantiate $core))
      (func (export "run") (param "x" $t30) (canon lift (core func $core "run")
        (memory (core memory $core "memory")) (realloc (core func $core "realloc")))))"""
    with unharmed():
        try:
            plugin = atoll.load(source.encode())
            with pytest.raises((TypeError, atoll.CallFailed)):
                plugin.run(())
        except AtollError as error:
            assert error.exit_code == 1


@pytest.mark.slow
def test_calls_in_which_every_thread_spins_hold_up_nobody() -> None:
    """5, 6."""
    spinning = rust(limits=atoll.Limits(time=20, cpu=0.3))
    healthy = small()
    with unharmed(), ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(spinning.bad.spin) for _ in range(8)]
        began, answered = time.monotonic(), 0
        while not all(call.done() for call in calls):
            assert healthy.add(answered, 1) == answered + 1
            answered += 1
        assert all(isinstance(call.exception(), atoll.LimitExceeded) for call in calls)
        assert answered > 5
        assert time.monotonic() - began < 60


@pytest.mark.slow
def test_host_calls_without_end_are_under_the_limits() -> None:
    """4: the host answers at once, so nothing ever waits."""
    rung = 0

    class Bell:
        def ring(self) -> None:
            nonlocal rung
            rung += 1

    source = wat.ringing("(loop $more (call $ring) (br $more))")
    plugin = atoll.load(source, imports={wat.BELL: Bell()}, limits=atoll.Limits(time=0.3, cpu=60))
    with unharmed(), pytest.raises(atoll.LimitExceeded) as raised:
        plugin.run()
    assert raised.value.code == "limit-deadline"
    assert rung > 100
