"""A guest that does not come back by itself is ended when its deadline has passed, whatever it does meanwhile."""

import http.client
import time
from collections.abc import Iterator
from statistics import median

from bench import guests, servers
from bench.bar import figure_at_most
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.manifest import app
from bench.process import HOST

_DEADLINE_MS = 200
_TRIES_A_ROUND = 4
_PATHS = {guests.LOOP: "/", guests.FILL_LOOP: "/", guests.HOST_CALL: "/sleep?ms=60000", guests.START_LOOP: "/"}


def _overshoots(port: int, path: str, tries: int) -> Iterator[float]:
    """Milliseconds from the deadline to the last byte of the answer, on one connection. Raises Unmeasured."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        for _ in range(tries):
            connection.connect()
            asked = time.monotonic()
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            if response.status != 504:
                raise Unmeasured(f"status {response.status} instead of 504")
            yield (time.monotonic() - asked) * 1000 - _DEADLINE_MS
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise Unmeasured(f"no answer: {error!r}") from None
    finally:
        connection.close()


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    flags = ("--request-timeout", f"{_DEADLINE_MS}ms", "--log-dir", "", "--quiet")
    with servers.up(app({"/...": guest}), servers.cores(), flags) as process:
        # The port accepts before the workers serve: the first try waits for them, too.
        _, *late = _overshoots(process.port, _PATHS[guest], 1 + plan.rounds * _TRIES_A_ROUND)
    note = f"the worst of {len(late)} tries; their median is {median(late):.1f} ms"
    return [Row(guest.title, ours=(max(late),), bar=figure_at_most(50), note=note)]


CLAIM = Claim(
    name="kill",
    compares=f"how long after its deadline of {_DEADLINE_MS} ms a guest's client has its answer, the worst of all "
    "tries: a loop, a loop of `memory.fill` over 250 MB, a host call that sleeps, a loop in the start function",
    unit="ms",
    better="lower",
    guests=tuple(_PATHS),
    measure=_measure,
)
