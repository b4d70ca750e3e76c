"""4: guests that call their host in a tight loop: nothing ever waits, and still it ends."""

from operator import methodcaller
from typing import Any

import pytest

import atoll
from tests.embed.wat import BELL
from tests.hostile.embed import asking
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.ways import ends

SOON = atoll.Limits(time=0.06, cpu=20)
SAID = "the call reached the deadline of 60 ms; `atoll.Limits(time=…)` raises it"


class Bell:
    def __init__(self) -> None:
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1


class AwaitedBell(Bell):
    async def ring(self) -> None:  # type: ignore[override]
        self.rung += 1


@pytest.mark.slow
@pytest.mark.parametrize("bell", [Bell(), AwaitedBell()], ids=["def", "async-def"])
@pytest.mark.parametrize(("source", "name"), [(asking.RING, BELL), (asking.MODULE_RING, "env")], ids=["world", "core"])
def test_a_host_function_that_is_called_for_ever_is_called_no_longer_than_the_call_may_take(
    bell: Bell, source: bytes, name: str
) -> None:
    bell.rung = 0
    plugin = atoll.load(source, imports={name: bell}, limits=SOON)
    with harmless():
        ends(plugin, methodcaller("run"), "limit-deadline", SAID)
    assert bell.rung > 20


ASKING: dict[str, tuple[bytes, dict[str, Any]]] = {
    "a clock": (asking.preview_2("wasi:clocks/monotonic-clock@0.2.0", "now"), {}),
    "random numbers": (asking.preview_2("wasi:random/random@0.2.0", "get-random-u64"), {}),
    "a clock of preview 1": (asking.preview_1("clock_time_get"), {}),
    "random bytes of preview 1": (asking.preview_1("random_get"), {}),
    "output of preview 1": (asking.preview_1("fd_write"), {}),
    "output that is logged": (asking.preview_1("fd_write"), {"log": True}),
    "its turn": (asking.preview_1("sched_yield"), {}),
    "a store": (asking.KEY_VALUE, {"key_value": "tenant-7"}),
    "a store that it was not granted": (asking.KEY_VALUE, {}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKING)
def test_what_is_asked_of_wasi_for_ever_ends_in_time(name: str) -> None:
    source, granted = ASKING[name]
    plugin = atoll.load(source, grants=atoll.Grants(**granted), limits=SOON)
    with harmless():
        ends(plugin, methodcaller("run"), "limit-deadline", SAID)
