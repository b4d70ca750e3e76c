"""The server stays small under load."""

from contextlib import AbstractContextManager

from bench import guests, servers
from bench.answer import check
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.load import load
from bench.servers import Target

_MIB = 1 << 20


def _resident(plan: Plan, server: AbstractContextManager[Target]) -> float:
    """MiB after load."""
    with server as target:
        check(target.url, target.body)
        load(target, plan.warm_up + plan.seconds)
        return target.process.resident_bytes() / _MIB


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    ours = _resident(plan, servers.atoll(guest, servers.cores()))
    return [_row(plan, guest, ours, way) for way in (servers.DEFAULTS, servers.BEST)]


def _row(plan: Plan, guest: Guest, ours: float, way: servers.Peer) -> Row:
    try:
        theirs = _resident(plan, servers.wasmtime_serve(guest, way))
    except Unmeasured as trouble:
        return Row(guest.title, way.title, (ours,), trouble=str(trouble))
    return Row(guest.title, way.title, (ours,), (theirs,))


CLAIM = Claim(
    name="memory",
    compares="resident memory after load, atoll's supervisor and workers together (pages they share count once a "
    "process), against the one process of `wasmtime serve`",
    unit="MiB",
    better="lower",
    guests=guests.FRESH,
    measure=_measure,
)
