"""A guest whose runtime starts slowly is started once, not for each request."""

from contextlib import ExitStack
from dataclasses import replace

from bench import guests, servers
from bench.bar import at_least
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import rate
from bench.rounds import compare


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with ExitStack() as stack:
        ours = stack.enter_context(servers.atoll(guest, servers.cores()))
        plain = stack.enter_context(servers.atoll(replace(guest, keys=""), servers.cores()))
        rows = compare(plan, guest, ours, {"without a snapshot": plain}, rate)
    return [replace(row, bar=at_least(4)) for row in rows]


CLAIM = Claim(
    name="snapshot",
    compares="a guest whose instances begin as it is after its start, against the same guest started for each request; "
    "16 connections",
    unit="requests/s",
    better="higher",
    guests=(guests.GO_SNAPSHOT,),
    measure=_measure,
)
