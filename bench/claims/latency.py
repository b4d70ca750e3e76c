"""A lone request is answered soon: nothing but the sandbox stands in its way."""

from contextlib import ExitStack
from dataclasses import replace

from bench import guests, servers
from bench.bar import at_most
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.load import latency
from bench.rounds import compare
from bench.servers import Target

# Against the peer's best settings.
_BARS = {
    guests.C: at_most(0.4),
    guests.RUST: at_most(0.4),
    guests.GO_SNAPSHOT: at_most(0.4),
    guests.PYTHON: at_most(0.5),
}


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with ExitStack() as stack:
        ours = stack.enter_context(servers.atoll(guest, servers.cores()))
        others: dict[str, Target | Unmeasured] = {"native front": servers.native(ours)}
        others.update(servers.peers_of(stack, guest, servers.BEST))
        native, best = compare(plan, guest, ours, others, latency)
    return [native, replace(best, bar=_BARS.get(guest))]


CLAIM = Claim(
    name="latency",
    compares="median time of a request on one connection, one at a time, fresh instance each, against a static "
    "response of the same process and against the same file under `wasmtime serve`",
    unit="us",
    better="lower",
    guests=guests.FRESH,
    measure=_measure,
)
