"""From nothing to an app that answers: a template, its build, the server."""

import tempfile
import time
from pathlib import Path

from bench import guests
from bench.answer import check
from bench.bar import figure_at_most
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.process import HOST
from bench.project import TEMPLATES, made, served

_BAR = figure_at_most(30)


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    # The first one fills the caches of packages and of code.
    _, *rounds = [_round(guest) for _ in range(1 + plan.rounds)]
    ours, alone = zip(*rounds, strict=True)
    return [Row(guest.title, "its compiler alone", ours, alone, bar=_BAR)]


def _round(guest: Guest) -> tuple[float, float]:
    """Seconds of all, and of the compiler alone."""
    template = TEMPLATES[guest]
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as work:
        began = time.monotonic()
        project = made(template.name, Path(work) / "app", template.source)
        with served(project, "build", "--up") as process:
            check(f"http://{HOST}:{process.port}/", template.answer.encode())
            taken = time.monotonic() - began
        return taken, project.compile() / 1000


CLAIM = Claim(
    name="first app",
    compares="`atoll new`, `atoll build --up` and the first answer, packages already in their cache, against the "
    "compiler alone",
    unit="s",
    better="lower",
    guests=(guests.PYTHON, guests.JAVASCRIPT, guests.RUST),
    measure=_measure,
)
