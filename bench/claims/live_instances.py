"""Instances that live at the same time take little memory each."""

from pathlib import Path

from bench import guests, sandbox
from bench.bar import figure_at_most
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest

_COUNT = 10_000
_KB = 1000
# Mappings that a process may have: each instance needs several.
_SETTING = "vm.max_map_count"


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    del plan
    allowed = int((Path("/proc/sys") / _SETTING.replace(".", "/")).read_text())
    try:
        cost = sandbox.live(guest, _COUNT)
    except Unmeasured as trouble:
        raise Unmeasured(f"{trouble} ({_SETTING} is {allowed}; sysctl {_SETTING}={30 * _COUNT} gives room)") from None
    pool = "".join(f", {name} {value:,}" for name, value in (cost.pool or {}).items() if name != "max_map_count")
    note = f"{cost.instances:,} instances at once, with {_SETTING} {allowed:,}; the pool: {pool.removeprefix(', ')}"
    return [Row(guest.title, ours=(cost.bytes_each / _KB,), bar=figure_at_most(32), note=note)]


CLAIM = Claim(
    name="live instances",
    compares=f"growth of resident memory by instance, {_COUNT:,} of them at once in one process",
    unit="KB",
    better="lower",
    guests=(guests.C,),
    measure=_measure,
)
