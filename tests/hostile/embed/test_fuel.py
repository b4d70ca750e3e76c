"""10: fuel that runs out in the midst of a call, and what is called after that."""

import asyncio
from operator import methodcaller
from typing import Any

import pytest

import atoll
from tests.embed.loops import run
from tests.embed.wat import BELL, ringing
from tests.hostile.embed.guests import CPU
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.ways import WAYS, ends

FUEL = atoll.Limits(time=20, cpu=20, fuel=100_000)
SAID = "the call reached the fuel limit of 100000 units; `atoll.Limits(fuel=…)` raises it"
COUNTS = b"""(module (global (export "steps") (mut i32) (i32.const 0))
  (func (export "count") (param $to i32) (result i32)
    (loop $more
      (global.set 0 (i32.add (global.get 0) (i32.const 1)))
      (br_if $more (i32.lt_u (global.get 0) (local.get $to))))
    (global.get 0)))"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["loop", "tail calls", "memory.fill", "memory.grow by nothing", "exceptions"])
def test_fuel_ends_what_has_no_end(name: str) -> None:
    with harmless():
        for source in (CPU[name].component, CPU[name].module):
            ends(atoll.load(source, limits=FUEL), methodcaller("run"), "limit-fuel", SAID)


@pytest.mark.slow
def test_each_call_of_an_instance_has_its_fuel_and_the_one_that_uses_it_up_is_the_last() -> None:
    with harmless(), atoll.load(COUNTS, limits=FUEL).open() as instance:
        for _ in range(10):
            instance.steps.value = 0
            assert instance.count(5_000) == 5_000
        instance.steps.value = 0
        with pytest.raises(atoll.LimitExceeded, match="the fuel limit of 100000 units"):
            instance.count(1_000_000)
        with pytest.raises(atoll.InstanceEnded, match="the fuel limit of 100000 units"):
            instance.count(1)
        with pytest.raises(atoll.InstanceEnded):
            assert instance.steps.value


@pytest.mark.slow
def test_fuel_runs_out_at_the_same_place_whatever_else_goes_on() -> None:
    """Each host call says how far it came."""

    class Bell:
        rung = 0

        def ring(self) -> None:
            self.rung += 1

    with harmless():
        rung = set()
        for way in WAYS * 2:
            bell = Bell()
            source = ringing("(loop $more (call $ring) (br $more))")
            plugin = atoll.load(source, imports={BELL: bell}, limits=atoll.Limits(time=60, fuel=5_000))
            with pytest.raises(atoll.LimitExceeded, match="the fuel limit of 5000 units"):
                way(plugin, methodcaller("run"))
            rung.add(bell.rung)
        assert len(rung) == 1
        assert rung.pop() > 100


@pytest.mark.slow
def test_fuel_of_one_call_is_none_of_its_siblings() -> None:
    """On one loop, at the same time."""
    plugin = atoll.load(COUNTS, limits=FUEL)

    async def main() -> list[Any]:
        calls = (plugin.aio.count(steps) for steps in (1_000, 1_000_000) * 10)
        return await asyncio.gather(*calls, return_exceptions=True)

    with harmless():
        ended: list[int | BaseException] = run(main)
        assert ended[::2] == [1_000] * 10
        assert all(isinstance(error, atoll.LimitExceeded) and error.code == "limit-fuel" for error in ended[1::2])
