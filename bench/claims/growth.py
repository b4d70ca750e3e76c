"""A server that has answered many requests is no larger than one that has answered few."""

from bench import guests, servers
from bench.answer import check
from bench.bar import at_most
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import load
from bench.servers import Target

# The first quarter of a million requests add a percent, while each slot of the pools serves for the first time.
_WARM_UP = 250_000
_FURTHER = 100_000
_MIB = 1 << 20


def _answer(target: Target, seconds: int, requests: int) -> float:
    """MiB after so many requests, or some more."""
    while requests > 0:
        requests -= load(target, seconds).requests
    return target.process.resident_bytes() / _MIB


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with servers.atoll(guest, servers.cores()) as target:
        check(target.url, target.body)
        before = _answer(target, plan.seconds, _WARM_UP)
        after = _answer(target, plan.seconds, _FURTHER)
    return [Row(guest.title, "itself, warm", (after,), (before,), bar=at_most(1.01))]


CLAIM = Claim(
    name="growth",
    compares=f"resident memory of all processes after {_FURTHER:,} further requests, against the same server after its "
    f"first {_WARM_UP:,}",
    unit="MiB",
    better="lower",
    guests=(guests.C, guests.RUST),
    measure=_measure,
)
