"""Records are dataclasses, and cross faster than what others make of them."""

from dataclasses import replace

from bench import guests
from bench.bar import at_least
from bench.claim import Claim, Plan, Row
from bench.embedding import WASMTIME, contrast
from bench.guests import Guest


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    [row] = contrast(plan, guest.title, "record", {"wasmtime-py": WASMTIME})
    return [replace(row, bar=at_least(5))]


CLAIM = Claim(
    name="record",
    compares="a record of five fields (two integers, a float, a text, a truth value) in and out, in the same instance: "
    "a dataclass through atoll, against wasmtime-py's `Record`",
    unit="calls/s",
    better="higher",
    guests=(guests.PLUGIN,),
    measure=_measure,
)
