"""A saved file is served soon after its compiler is done."""

import tempfile
import time
from itertools import pairwise
from pathlib import Path

from bench import guests
from bench.answer import ask, check
from bench.bar import figure_at_most
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.process import HOST
from bench.project import TEMPLATES, Project, made, served

_BARS = {guests.PYTHON: figure_at_most(300), guests.JAVASCRIPT: figure_at_most(300), guests.RUST: figure_at_most(200)}
_LONGEST = 60.0
_PAUSE = 0.02
_TURNS = 2


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    template = TEMPLATES[guest]
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as work:
        project = made(template.name, Path(work) / "app", template.source)
        project.time_builds()
        with served(project, "watch", "--quiet") as process:
            check(f"http://{HOST}:{process.port}/", template.answer.encode())
            names = [template.word, *(f"Greetings {turn}" for turn in range(plan.rounds * _TURNS))]
            pairs = [(_until_served(process.port, project, old, new), project.built()) for old, new in pairwise(names)]
    added = tuple(served - compiled for served, compiled in pairs)
    return [Row(guest.title, ours=added, bar=_BARS[guest], note=_told(pairs))]


def _until_served(port: int, project: Project, old: str, new: str) -> float:
    """Milliseconds from the edit to the first answer that has it."""
    began = time.monotonic()
    project.says(old, new)
    while not _answers(port, new.encode()):
        if time.monotonic() - began > _LONGEST:
            raise Unmeasured(f"the change was not served within {_LONGEST:.0f} s")
        time.sleep(_PAUSE)
    return (time.monotonic() - began) * 1000


def _answers(port: int, words: bytes) -> bool:
    """Raises Unmeasured for any answer but 200: the last app is served until the next one is there."""
    status, body = ask(f"http://{HOST}:{port}/")
    if status != 200:
        raise Unmeasured(f"status {status} while the app was exchanged")
    return words in body


def _told(pairs: list[tuple[float, float]]) -> str:
    served, compiled = (sum(times) / len(times) for times in zip(*pairs, strict=True))
    return f"{served:.0f} ms in all, {compiled:.0f} ms of them the compiler's"


CLAIM = Claim(
    name="watch",
    compares="what `atoll watch` takes from a saved file to the new answer, beyond what its compiler took",
    unit="ms",
    better="lower",
    guests=tuple(_BARS),
    measure=_measure,
)
