"""A call of a plugin from Python costs little more than a few calls of Python functions."""

from dataclasses import replace

from bench import guests
from bench.bar import at_least, at_most
from bench.claim import Claim, Plan, Row
from bench.embedding import EXTISM, PYTHON, WASMTIME, contrast, in_microseconds
from bench.guests import Guest


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    others = {"Extism": EXTISM, "wasmtime-py": WASMTIME, "a Python function": PYTHON}
    *peers, python = contrast(plan, guest.title, "add", others)
    # 2 us where Python takes 50 ns.
    return [*(replace(row, bar=at_least(6)) for row in peers), replace(in_microseconds(python), bar=at_most(40))]


CLAIM = Claim(
    name="scalar call",
    compares="two numbers in and their sum out, in the same instance, from a loop in Python: through atoll, against "
    "Extism's SDK and wasmtime-py, and against a function in Python that adds them (in microseconds; 40 times is 2 us "
    "where that takes 50 ns)",
    unit="calls/s",
    better="higher",
    guests=(guests.PLUGIN,),
    measure=_measure,
)
