"""A fresh sandbox for each request costs little beside the HTTP work around it."""

from dataclasses import replace

from bench import guests, servers
from bench.bar import at_least
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import rate
from bench.rounds import compare

_BARS = {guests.C: at_least(0.55)}


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with servers.atoll(guest, servers.cores()) as ours:
        rows = compare(plan, guest, ours, {"native front": servers.native(ours)}, rate)
    return [replace(row, bar=_BARS.get(guest)) for row in rows]


CLAIM = Claim(
    name="native front",
    compares="a guest in a fresh instance a request, against a static response of the same size from the same "
    "processes; one worker a core, 16 connections",
    unit="requests/s",
    better="higher",
    guests=guests.FRESH,
    measure=_measure,
)
