"""The same component answers more requests a second than under the engine's own server."""

from contextlib import ExitStack
from dataclasses import replace

from bench import guests, servers
from bench.bar import at_least
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import rate
from bench.rounds import compare

# Against the defaults, against the best settings.
_BARS = {
    guests.C: (5, 3),
    guests.RUST: (5, 3),
    guests.GO_SNAPSHOT: (6, 4.5),
    guests.PYTHON: (3, 2.5),
    guests.REUSED: (1.5, 1.5),
}


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with ExitStack() as stack:
        ours = stack.enter_context(servers.atoll(guest, servers.cores()))
        others = servers.peers_of(stack, guest, servers.DEFAULTS, servers.BEST)
        rows = compare(plan, guest, ours, others, rate)
    bars = _BARS.get(guest)
    return rows if bars is None else [replace(row, bar=at_least(bar)) for row, bar in zip(rows, bars, strict=True)]


CLAIM = Claim(
    name="wasmtime serve",
    compares="a guest under `atoll up`, against the same file under `wasmtime serve`, both with a fresh instance "
    "a request (where it says reused: both with 128 requests an instance, 16 at a time); 16 connections",
    unit="requests/s",
    better="higher",
    guests=(*guests.FRESH, guests.REUSED),
    measure=_measure,
)
