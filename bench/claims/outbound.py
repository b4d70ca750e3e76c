"""An outbound request through a guest costs microseconds more than the request itself."""

from contextlib import ExitStack
from dataclasses import replace

from bench import guests, haproxy, servers
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import latency
from bench.manifest import app
from bench.rounds import compare
from bench.servers import Target

_BODY = b"Hello from upstream\n"


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with ExitStack() as stack:
        upstream = stack.enter_context(haproxy.answering(_BODY))
        fetching = replace(guest, keys=f'allowed_outbound_hosts = ["http://{upstream.host}"]\n')
        flags = ("--log-dir", "", "--quiet")
        process = stack.enter_context(servers.up(app({"/...": fetching}), servers.cores(), flags))
        ours = Target(process, _BODY, f"/fetch?url={upstream.url}")
        [row] = compare(plan, guest, ours, {"the upstream itself": upstream}, latency)
    added = tuple(through - direct for through, direct in zip(row.ours, row.theirs, strict=True))
    return [row, Row(f"{guest.title}, added", ours=added)]


CLAIM = Claim(
    name="outbound",
    compares="median time of a request to a guest that asks an upstream (HAProxy, a short answer) and passes it "
    "on, fresh instance each, against the same client asking the upstream itself, one connection; `added` is the "
    "difference of both",
    unit="us",
    better="lower",
    guests=(guests.KITCHEN,),
    measure=_measure,
)
