"""Composed components call each other at little more than the price of a function, and are put together at once."""

import tempfile
import time
from pathlib import Path
from typing import Any

import atoll
from atoll.host.composing import composed
from atoll.host.symbols import path_of
from bench import guests
from bench.bar import at_most, figure_at_most
from bench.claim import Claim, Plan, Row
from bench.guests import Guest

_CALLS = 200_000
_TEXT = "a text of some length, as those that are handed from one to the next"
_COMPONENTS = 10
_TIMES = 5


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    if guest is guests.CALLS:
        return [_calls(plan, guest)]
    cold, kept = zip(*(_chain(guest) for _ in range(plan.rounds * _TIMES)), strict=True)
    return [
        Row(f"{_COMPONENTS} components", ours=cold, bar=figure_at_most(300), unit="ms"),
        Row(f"{_COMPONENTS} components, kept", ours=kept, bar=figure_at_most(10), unit="ms"),
    ]


def _calls(plan: Plan, guest: Guest) -> Row:
    work = {"test:calls/work": {"source": {"source": str(guests.CALLED.file)}}}
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as folder:
        file = _composed({"dependencies": work}, guest, Path(folder))
        with atoll.load(file).open() as instance:
            calls = instance.calls
            calls.across(_CALLS, _TEXT)
            rounds = [(_each(calls.across), _each(calls.inside)) for _ in range(plan.rounds * _TIMES)]
    across, inside = zip(*rounds, strict=True)
    return Row(f"{len(_TEXT)} bytes of text", "inside of one", across, inside, at_most(2))


def _each(function: Any) -> float:
    """Nanoseconds of a call."""
    began = time.perf_counter()
    function(_CALLS, _TEXT)
    return (time.perf_counter() - began) / _CALLS * 1e9


def _chain(guest: Guest) -> tuple[float, float]:
    """Milliseconds to compose a handler and what its requests pass before; and once that is kept."""
    middleware = [{"source": {"source": str(guests.MIDDLEWARE.file)}}] * (_COMPONENTS - 1)
    parts = {"trigger_dependencies": {"middleware": middleware}}
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as folder:
        times = []
        for _ in range(2):
            began = time.perf_counter()
            _composed(parts, guest, Path(folder))
            times.append((time.perf_counter() - began) * 1000)
    return times[0], times[1]


def _composed(parts: dict[str, Any], guest: Guest, folder: Path) -> str:
    component = {"id": "one", "source": {"source": str(guest.file)}, **parts}
    [made] = composed({"components": [component], "triggers": []}, folder)["components"]
    return str(path_of(made["source"]["source"]))


CLAIM = Claim(
    name="composed",
    compares="a call of a function with a text, across components of one composition against inside of one component; "
    "and what it takes to compose ten components when an app is loaded, the first time and later",
    unit="ns",
    better="lower",
    guests=(guests.CALLS, guests.STREAMER),
    measure=_measure,
)
