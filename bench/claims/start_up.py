"""A server with a warm code cache answers soon after it was started."""

from dataclasses import replace

from bench import guests, servers
from bench.bar import figure_at_most
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.start import first_answer

_BARS = {guests.C: figure_at_most(400)}


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    def ours() -> float:
        return first_answer(servers.atoll(guest, servers.cores()))

    def theirs() -> float:
        return first_answer(servers.wasmtime_serve(guest, servers.BEST))

    # The first start of each fills its code cache.
    ours()
    row = Row(guest.title, servers.BEST.title, bar=_BARS.get(guest))
    try:
        theirs()
    except Unmeasured as trouble:
        return [replace(row, ours=tuple(ours() for _ in range(plan.rounds)), trouble=str(trouble))]
    pairs = [(ours(), theirs()) for _ in range(plan.rounds)]
    return [replace(row, ours=tuple(pair[0] for pair in pairs), theirs=tuple(pair[1] for pair in pairs))]


CLAIM = Claim(
    name="start-up",
    compares="time from the start of the process to its first answer, code already in the cache, against `wasmtime "
    "serve` with its own cache",
    unit="ms",
    better="lower",
    guests=guests.FRESH,
    measure=_measure,
)
