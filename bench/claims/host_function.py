"""A guest's call of a Python function comes back soon."""

from dataclasses import replace

from bench import guests
from bench.bar import at_least
from bench.claim import Claim, Plan, Row
from bench.embedders.work import FOLDS
from bench.embedding import EXTISM, WASMTIME, contrast
from bench.guests import Guest


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    rows = contrast(plan, guest.title, "fold", {"Extism": EXTISM, "wasmtime-py": WASMTIME})
    return [replace(row, bar=at_least(3)) for row in rows]


CLAIM = Claim(
    name="host function",
    compares=f"calls of a function in Python (a number in, one out) by a guest that makes {FOLDS:,} of them in a call: "
    "through atoll, against Extism's SDK (`host_fn`) and wasmtime-py",
    unit="calls/s",
    better="higher",
    guests=(guests.CALLING,),
    measure=_measure,
)
