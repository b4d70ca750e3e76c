"""An app is served as fast while it is profiled."""

import tempfile
from dataclasses import replace

from bench import guests, servers
from bench.bar import at_least
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import rate
from bench.manifest import hello
from bench.rounds import compare
from bench.servers import Target, cores

_ALONE = "not profiled"


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    quiet = (*guest.atoll, "--log-dir", "", "--quiet")
    with (
        tempfile.TemporaryDirectory(prefix="atoll-bench-") as folder,
        servers.up(hello(guest), cores(), (*quiet, "--profile-to", folder)) as profiled,
        servers.up(hello(guest), cores(), quiet) as alone,
    ):
        others = {_ALONE: Target(alone, guest.body)}
        return [
            replace(row, bar=at_least(0.95)) for row in compare(plan, guest, Target(profiled, guest.body), others, rate)
        ]


CLAIM = Claim(
    name="profiled",
    compares="the same of an app under `--profile-to`, against the app without; one worker a core, 16 connections",
    unit="requests/s",
    better="higher",
    guests=(guests.C, guests.RUST, guests.GO, guests.PYTHON, guests.JAVASCRIPT),
    measure=_measure,
)
