"""A component that spins on every permit it can get leaves its neighbours their share."""

import http.client
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bench import guests, servers
from bench.answer import check
from bench.bar import at_most
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.load import slowest
from bench.manifest import app
from bench.servers import Target

_SPIN = "/spin"
# The default of `tool.atoll.limits.concurrency`.
_PERMITS = 256


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with servers.up(app({"/...": guest, _SPIN: guests.LOOP}), servers.cores(), ("--log-dir", "", "--quiet")) as process:
        healthy = Target(process, guest.body)
        check(healthy.url, healthy.body)
        slowest(healthy, plan.warm_up)
        rounds = [_round(plan, healthy) for _ in range(plan.rounds)]
    beside, alone = zip(*rounds, strict=True)
    return [Row(guest.title, "its p99 alone", beside, alone, bar=at_most(2))]


def _round(plan: Plan, healthy: Target) -> tuple[float, float]:
    """The healthy component's p99 beside the hostile one, and alone."""
    alone = slowest(healthy, plan.seconds)
    with _hostile_clients(replace(healthy, path=_SPIN)):
        beside = slowest(healthy, plan.seconds)
    check(healthy.url, healthy.body)
    return beside, alone


@contextmanager
def _hostile_clients(spinning: Target) -> Iterator[None]:
    """As many clients of the spinning component as it has permits, until the block ends."""
    shape = ["-t1", f"-c{_PERMITS}", "-d600s", "--timeout", "600s"]
    clients = subprocess.Popen(["wrk", *shape, spinning.url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _see_that_it_spins(spinning)
        yield
    finally:
        clients.kill()
        clients.wait()


def _see_that_it_spins(spinning: Target) -> None:
    """Raises Unmeasured when the hostile component gives an answer within a second."""
    connection = http.client.HTTPConnection(spinning.host, timeout=1)
    try:
        connection.request("GET", spinning.path)
        raise Unmeasured(f"the hostile component answered: status {connection.getresponse().status}")
    except TimeoutError:
        pass
    finally:
        connection.close()


CLAIM = Claim(
    name="neighbour",
    compares=f"p99 of a component's latency while another component of the app loops for {_PERMITS} clients (its "
    "concurrency; default deadline), against its p99 alone; one worker a core, 16 connections",
    unit="us",
    better="lower",
    guests=(guests.C,),
    measure=_measure,
)
