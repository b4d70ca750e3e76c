"""A fresh sandbox for each request keeps up with an isolate that serves them all."""

from contextlib import ExitStack
from dataclasses import replace

from bench import guests, servers, workerd
from bench.bar import at_least
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.load import rate
from bench.rounds import compare
from bench.servers import Target

_BARS = {guests.JAVASCRIPT: at_least(0.5), guests.C: at_least(2), guests.RUST: at_least(2)}


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with ExitStack() as stack:
        ours = stack.enter_context(servers.atoll(guest, servers.cores()))
        try:
            theirs: Target | Unmeasured = stack.enter_context(workerd.serve(guest.body))
        except Unmeasured as trouble:
            theirs = trouble
        rows = compare(plan, guest, ours, {"workerd, one isolate": theirs}, rate)
    return [replace(row, bar=_BARS[guest]) for row in rows]


CLAIM = Claim(
    name="workerd",
    compares="a guest in a fresh instance a request, against a JavaScript worker with the same answer in workerd, "
    "whose one process and one isolate serve every request, as its users run it; 16 connections",
    unit="requests/s",
    better="higher",
    guests=tuple(_BARS),
    measure=_measure,
)
