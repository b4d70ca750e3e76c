"""A sandbox of its own for each call costs a tenth of what a new plugin instance costs elsewhere."""

from dataclasses import replace

from bench import guests
from bench.bar import at_least
from bench.claim import Claim, Plan, Row
from bench.embedding import EXTISM, WASMTIME, contrast
from bench.guests import Guest


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    extism, wasmtime = contrast(plan, guest.title, "fresh", {"Extism": EXTISM, "wasmtime-py": WASMTIME})
    return [replace(extism, bar=at_least(10)), wasmtime]


CLAIM = Claim(
    name="fresh sandbox",
    compares="a call with a few bytes in and out, in a sandbox that begins and ends with it: through atoll, against a "
    "new `Plugin` from Extism's `CompiledPlugin` and one call of it, and against a new store and instance of "
    "wasmtime-py; the code is compiled before",
    unit="calls/s",
    better="higher",
    guests=(guests.PLUGIN,),
    measure=_measure,
)
