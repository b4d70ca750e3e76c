"""The same component answers more requests a second than under the engine's own server."""

from contextlib import ExitStack
from dataclasses import replace

from bench import guests, servers
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import rate
from bench.rounds import compare

_BARS = {(guests.RUST.name, servers.DEFAULTS.title): 4.0}


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with ExitStack() as stack:
        ours = stack.enter_context(servers.atoll(guest, servers.cores()))
        others = servers.peers_of(stack, guest, servers.DEFAULTS, servers.BEST)
        rows = compare(plan, guest, ours, others, rate)
    return [replace(row, bar=_BARS.get((guest.name, row.against))) for row in rows]


CLAIM = Claim(
    name="wasmtime serve",
    compares="a guest under `atoll up`, against the same file under `wasmtime serve`, both with a fresh instance "
    "a request (where it says reused: both with 128 requests an instance, 16 at a time); 16 connections",
    unit="requests/s",
    better="higher",
    guests=(*guests.FRESH, guests.REUSED),
    measure=_measure,
)
