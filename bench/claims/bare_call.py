"""A sandbox costs microseconds, and what HTTP adds to one with a language runtime is little."""

from bench import guests, sandbox, servers
from bench.answer import check
from bench.bar import at_most, figure_at_most
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import latency

_BARS = {guests.NOTHING: figure_at_most(12)}


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    if guest == guests.PYTHON:
        return [_over_http(plan, guest)]
    taken = tuple(_bare(plan, guest) for _ in range(plan.rounds))
    return [Row(guest.title, ours=taken, bar=_BARS.get(guest))]


def _over_http(plan: Plan, guest: Guest) -> Row:
    """The same guest by HTTP, against itself by a bare call."""
    with servers.atoll(guest, servers.cores()) as target:
        check(target.url, target.body)
        latency(target, plan.warm_up)
        pairs = [(latency(target, plan.seconds), _bare(plan, guest)) for _ in range(plan.rounds)]
    over_http, bare = zip(*pairs, strict=True)
    return Row(f"{guest.title}, over HTTP", "bare call", over_http, bare, bar=at_most(1.5))


def _bare(plan: Plan, guest: Guest) -> float:
    return sandbox.call(guest, plan.seconds).median_us


CLAIM = Claim(
    name="bare call",
    compares="median time to make an instance, call it and drop it, inside of one process and without HTTP: a command "
    "that does nothing, the C handler with a request and its response, and the Python handler's time over HTTP (one "
    "connection, one at a time) against its own bare call",
    unit="us",
    better="lower",
    guests=(guests.NOTHING, guests.C, guests.PYTHON),
    measure=_measure,
)
