"""The same with a single process, as in development and embedding."""

from bench import guests, servers
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import rate
from bench.rounds import compare


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with servers.atoll(guest, 1) as ours:
        return compare(plan, guest, ours, {"native front, 1 worker": servers.native(ours)}, rate)


CLAIM = Claim(
    name="one worker",
    compares="the same of `--workers 1`: guest and static response from one process, 16 connections",
    unit="requests/s",
    better="higher",
    guests=(guests.C,),
    measure=_measure,
)
