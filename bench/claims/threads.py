"""Threads of one Python program compute side by side in guests."""

from dataclasses import replace

from bench import guests, servers
from bench.bar import at_least
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.embedding import Embedder, contrast
from bench.guests import Guest

_THREADS = 8
_CORES = 2


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    if servers.cores() < _CORES:
        raise Unmeasured(f"it takes {_CORES} cores")
    [row] = contrast(plan, guest.title, "spin", {"one thread": _threads(1)}, _threads(_THREADS))
    return [replace(row, bar=at_least(1.8))]


def _threads(count: int) -> Embedder:
    return Embedder("atoll", ("--cores", str(_CORES), "--threads", str(count)))


CLAIM = Claim(
    name="threads",
    compares=f"calls of an export that computes for a millisecond, each in a sandbox of its own, by {_THREADS} threads "
    f"of one Python process on {_CORES} cores, against those by one thread",
    unit="calls/s",
    better="higher",
    guests=(guests.PLUGIN,),
    measure=_measure,
)
