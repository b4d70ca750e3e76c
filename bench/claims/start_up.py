"""A server with a warm code cache answers soon after it was started."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from bench import guests, servers
from bench.answer import check
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.servers import Target

Start = Callable[[], AbstractContextManager[Target]]


def _first_answer(start: Start) -> float:
    """Milliseconds from the start of the process to its first answer."""
    with start() as target:
        check(target.url, target.body)
        return (time.monotonic() - target.process.started) * 1000


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    def ours() -> AbstractContextManager[Target]:
        return servers.atoll(guest, servers.cores())

    def theirs() -> AbstractContextManager[Target]:
        return servers.wasmtime_serve(guest, servers.BEST)

    # The first start of each fills its code cache.
    _first_answer(ours)
    title = servers.BEST.title
    try:
        _first_answer(theirs)
    except Unmeasured as trouble:
        return [Row(guest.title, title, tuple(_first_answer(ours) for _ in range(plan.rounds)), trouble=str(trouble))]
    pairs = [(_first_answer(ours), _first_answer(theirs)) for _ in range(plan.rounds)]
    return [Row(guest.title, title, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))]


CLAIM = Claim(
    name="start-up",
    compares="time from the start of the process to its first answer, code already in the cache, against `wasmtime "
    "serve` with its own cache",
    unit="ms",
    better="lower",
    guests=guests.FRESH,
    measure=_measure,
)
