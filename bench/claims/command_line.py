"""Commands that have nothing to do are done at once."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import guests
from bench.bar import figure_at_most
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.project import TEMPLATES, atoll

_COMPONENTS = 10
_TIMES = 5


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as work:
        folder = Path(work) / "app"
        atoll(folder.parent, "new", TEMPLATES[guest].name, folder.name, "--accept-defaults")
        for number in range(1, _COMPONENTS):
            path = f"http-path=/{number}/..."
            atoll(folder, "add", TEMPLATES[guest].name, f"part{number}", "--accept-defaults", "--value", path)
        atoll(folder, "build")
        return [
            Row("`--help`", ours=_repeated(plan, partial(atoll, folder, "--help")), bar=figure_at_most(150)),
            Row(
                f"`build`, {_COMPONENTS} components, none changed",
                ours=_repeated(plan, partial(atoll, folder, "build")),
                bar=figure_at_most(200),
            ),
        ]


def _repeated(plan: Plan, run: Callable[[], float]) -> tuple[float, ...]:
    run()
    return tuple(run() for _ in range(plan.rounds * _TIMES))


CLAIM = Claim(
    name="command line",
    compares="time from the start of a command that has nothing to do to its end",
    unit="ms",
    better="lower",
    guests=(guests.PYTHON,),
    measure=_measure,
)
