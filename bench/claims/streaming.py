"""A body larger than any memory limit passes through a guest at the speed of a proxy, and leaves no trace in memory."""

from contextlib import ExitStack
from dataclasses import replace

from bench import guests, haproxy, servers
from bench.bar import at_least, figure_at_most
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.manifest import app
from bench.process import HOST
from bench.stream import send, sink, watching

_SIZE = 10**9
_WARM_UP = 10**8
_MB = 1e6
# A guest of WASI 0.3 hands the body on as it is, one of WASI 0.2 copies each byte in and out.
_BARS = {guests.STREAMER: at_least(0.5)}
_LIMITS = 'tool.atoll.limits = { deadline = "120s", cpu_time = "120s" }\n'


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with ExitStack() as stack:
        patient = app({"/...": replace(guest, keys=_LIMITS)})
        ours = stack.enter_context(servers.up(patient, servers.cores(), ("--log-dir", "", "--quiet")))
        proxy = stack.enter_context(haproxy.before(f"{HOST}:{stack.enter_context(sink())}"))
        # So many that each worker has had some.
        for _ in range(4 * servers.cores()):
            send(ours.port, "/echo", _WARM_UP, echoed=True)
        send(proxy.port, "/", _WARM_UP, echoed=False)
        before = ours.resident_bytes()
        figures = [
            (send(ours.port, "/echo", _SIZE, echoed=True), send(proxy.port, "/", _SIZE, echoed=False))
            for _ in range(plan.rounds)
        ]
        with watching(ours.resident_bytes) as seen:
            send(ours.port, "/echo", _SIZE, echoed=True)
    through, by_proxy = zip(*figures, strict=True)
    grown = (max(seen) - before) / _MB
    return [
        Row(guest.title, "HAProxy", through, by_proxy, bar=_BARS.get(guest)),
        Row(f"{guest.title}, growth", ours=(grown,), bar=figure_at_most(8), unit="MB"),
    ]


CLAIM = Claim(
    name="streaming",
    compares=f"{_SIZE // 10**6:,} MB posted to a guest that echoes them, against the same sent through HAProxy to a "
    "server that throws them away (so each passes them on once); `growth` is how much more than after its warm-up the "
    "server's resident memory was at the most, during one such request after all rounds",
    unit="MB/s",
    better="higher",
    guests=(guests.STREAMER, guests.KITCHEN),
    measure=_measure,
)
