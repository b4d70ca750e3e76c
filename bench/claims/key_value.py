"""A store costs a request little, whoever keeps it."""

from contextlib import ExitStack
from dataclasses import replace

from bench import guests, servers, store
from bench.bar import at_least, at_most
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import latency, load, rate
from bench.manifest import app
from bench.rounds import compare
from bench.servers import Target

_SET_GET = "/key-value/v2/set-get?store=default&key=a&size=100"
_SMALL = "/bytes?size=100"
_LARGE = 1 << 20
_WAITING = 64
# The provider sleeps for 10 ms.
_IDEAL = _WAITING / 0.010


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    granted = app({"/...": replace(guest, keys='key_value_stores = ["default"]\n')})
    quiet = ("--log-dir", "", "--quiet")
    with ExitStack() as stack:
        usual = stack.enter_context(servers.up(granted, servers.cores(), quiet))
        path, flags = stack.enter_context(store.installed())
        python = stack.enter_context(servers.up(granted, servers.cores(), (*quiet, *flags), path))
        small = Target(usual, b"x" * 100, _SMALL)
        ours = compare(plan, guest, replace(small, path=_SET_GET), {"no store": small}, rate)
        theirs = compare(plan, guest, Target(python, b"x" * 100, _SET_GET), {"no store": small}, rate)
        large = Target(usual, b"x" * _LARGE, f"/key-value/v2/set-get?store=default&key=large&size={_LARGE}")
        # Leaves the value behind that is then only read.
        latency(large, 1)
        read = replace(large, path="/key-value/v2/get?store=default&key=large")
        whole = compare(plan, guest, read, {"the same bytes": replace(large, path=f"/bytes?size={_LARGE}")}, latency)
        slow = Target(python, b"", f"/key-value/v2/get?store=default&key={store.SLOW}")
        waited = tuple(_overlap(slow, plan.seconds) for _ in range(plan.rounds))
    return [
        *(replace(row, guest="SQLite, set and get", bar=at_least(0.35)) for row in ours),
        *(replace(row, guest="Python, set and get", bar=at_least(0.15)) for row in theirs),
        *(replace(row, guest="SQLite, 1 MiB", bar=at_most(3), unit="us") for row in whole),
        Row("Python, waits 10 ms", "64 at once", waited, (_IDEAL,) * len(waited), bar=at_least(0.8)),
    ]


def _overlap(target: Target, seconds: int) -> float:
    measured = load(target, seconds, _WAITING)
    return measured.requests * 1e6 / measured.duration


CLAIM = Claim(
    name="key-value",
    compares="a request that sets and gets 100 bytes in the default store (SQLite; a Python object), against the same "
    "component answering as many bytes without a store, 16 connections; a value of 1 MiB read from the store, against "
    "the same bytes from the guest's memory, one connection; and requests to a Python store that sleeps for 10 ms, 64 "
    "at a time, against 64 every 10 ms",
    unit="requests/s",
    better="higher",
    guests=(guests.ROOMS,),
    measure=_measure,
)
