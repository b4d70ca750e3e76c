"""An idle server is small, also with many apps' worth of components."""

import tempfile
import time
from pathlib import Path

from bench import guests, servers
from bench.answer import check
from bench.bar import figure_at_most
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.manifest import app
from bench.servers import Target
from bench.variants import variants

_MB = 1e6
_MANY = 100


def _idle(plan: Plan, routes: dict[str, Guest], *flags: str) -> float:
    """MB of a server that has answered one request of each component and has nothing more to do."""
    with servers.up(app(routes), servers.cores(), ("--log-dir", "", *flags)) as process:
        for route, guest in routes.items():
            target = Target(process, guest.body, route.removesuffix("..."))
            check(target.url, target.body)
        time.sleep(plan.warm_up)
        return process.own_bytes() / _MB


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    one = _idle(plan, {"/...": guest})
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as name:
        each = [variants(kind, _MANY // 2, Path(name)) for kind in (guests.C, guests.RUST)]
        different = {f"/{kind.name}": kind for kinds in each for kind in kinds}
        # Compiled once for good, and not into the user's cache.
        many = _idle(plan, different, "--cache-dir", f"{name}/cache")
    return [
        Row(f"{guest.title}, one component", ours=(one,), bar=figure_at_most(60)),
        Row(f"C and Rust, {_MANY} components", ours=(many,), bar=figure_at_most(250)),
    ]


CLAIM = Claim(
    name="idle memory",
    compares="resident memory of all processes that is no mapped file (`Pss_Anon` and `Pss_Shmem`: what the kernel "
    "cannot drop and read again, shared pages once) of a server that answered one request of each component and is "
    "idle; one worker a core",
    unit="MB",
    better="lower",
    guests=(guests.C,),
    measure=_measure,
)
