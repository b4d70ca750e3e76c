"""1, 2, 3: guests that compute for ever, wherever they do it, end with their CPU time."""

import time
from operator import methodcaller

import pytest

import atoll
from tests.embed import wat
from tests.hostile.embed.guests import AROUND, CPU
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.ways import HALVES, QUICK, ends
from tests.hostile.wat import looping
from tests.support import built

RUN = methodcaller("run")


@pytest.mark.slow
@pytest.mark.parametrize("name", CPU)
def test_a_guest_that_computes_for_ever_ends_in_each_way(name: str) -> None:
    """1, 3."""
    with harmless():
        for source, ways in zip((CPU[name].component, CPU[name].module), HALVES, strict=True):
            ends(atoll.load(source, limits=QUICK), RUN, "limit-cpu", ways=ways)


@pytest.mark.slow
@pytest.mark.parametrize("name", AROUND)
def test_a_loop_around_a_call_ends_with_it(name: str) -> None:
    """2."""
    source, function, arguments = AROUND[name]
    with harmless():
        ends(atoll.load(source, limits=QUICK), methodcaller(function, *arguments), "limit-cpu")


@pytest.mark.slow
def test_a_module_beside_that_never_starts_ends_the_call() -> None:
    """2."""
    main = b'(module (import "lib" "f" (func $f)) (func (export "run") (call $f)))'
    beside = f'(module (func (export "f")) (func (export "_initialize") {wat.FOREVER}))'.encode()
    with harmless():
        ends(atoll.load(main, modules={"lib": beside}, limits=QUICK), RUN, "limit-cpu")


@pytest.mark.slow
def test_what_the_host_drops_takes_no_more_time_than_a_call() -> None:
    """2: the destructor runs before the next call of the instance, and under the limits of that one."""
    plugin = atoll.load(built("wat-destructor-forever"), limits=QUICK)
    with harmless():
        for _ in range(3):
            with plugin.open() as instance:
                things = instance.exports["acme:bad/things"]
                things.Thing(1).close()
                with pytest.raises(atoll.LimitExceeded, match=r"CPU time of 30 ms; `atoll\.Limits\(cpu=…\)` raises it"):
                    things.Thing(2)
                assert not instance.is_open


BUSY_HOST = f"""(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 256)
  (func (export "run") {looping("(drop (call $random (i32.const 0) (i32.const 0x1000000)))")}))""".encode()


@pytest.mark.slow
def test_work_of_the_host_between_two_ticks_is_counted() -> None:
    """3, 4: bulk operations and host calls, each of which takes many milliseconds."""
    plugin = atoll.load(BUSY_HOST, limits=QUICK)
    began = time.thread_time()
    with pytest.raises(atoll.LimitExceeded):
        plugin.run()
    assert time.thread_time() - began < 0.8
