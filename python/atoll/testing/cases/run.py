"""All tests of a run, in this process or spread over several, in the order in which they were found."""

import atexit
import logging
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from atoll.errors import InternalError
from atoll.testing.cases import own, pytests
from atoll.testing.cases.apps import Apps
from atoll.testing.cases.choosing import Chosen
from atoll.testing.cases.finding import Case, Found
from atoll.testing.cases.outcomes import Outcome
from atoll.testing.cases.read import TestFile
from atoll.testing.cases.running import run_test

# Seconds that one process runs tests alone, and that the others must take at least to be worth a process.
_PATIENCE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to run tests: which, in so many processes, and whether the first that fails is the last.

    Unless `jobs` says how many, there is one; if it takes long, one a core.
    """

    chosen: Chosen
    jobs: int | None = None
    stops_early: bool = False
    profile: str | None = None


def run(found: Found, way: Way) -> Iterator[Outcome]:
    """Run them all. Raises UserError where what is tested cannot be loaded at all."""
    with closing(_all(found, way)) as outcomes:
        for outcome in outcomes:
            yield outcome
            if way.stops_early and outcome.status == "failed":
                return


def _all(found: Found, way: Way) -> Generator[Outcome]:
    _hush()
    with closing(_cases(found.cases, way)) as outcomes:
        yield from outcomes
    yield from map(own.play, found.own)
    if found.python:
        yield from pytests.run(found.python, way.chosen, stops_early=way.stops_early)


def _cases(cases: list[Case], way: Way) -> Generator[Outcome]:
    waiting, began = deque(cases), time.monotonic()
    most = os.cpu_count() or 1 if way.jobs is None else way.jobs
    with closing(Apps(way.profile)) as apps:
        while waiting and not (most > 1 and (way.jobs or _is_long(began, len(cases), len(waiting)))):
            case = waiting.popleft()
            yield run_test(case.file, case.name, case.source, apps)
    if waiting:
        yield from _spread(waiting, way, min(most, len(waiting)))


def _is_long(began: float, cases: int, left: int) -> bool:
    """Whether tests take long, and those that are left will, too."""
    took = time.monotonic() - began
    return took > _PATIENCE and took / (cases - left) * left > _PATIENCE


def _spread(cases: Iterable[Case], way: Way, processes: int) -> Iterator[Outcome]:
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin)
    try:
        # No more than a few wait: whoever stops early has not begun the rest.
        waiting: list[Future[Outcome]] = []
        for case in cases:
            waiting.append(pool.submit(_play, case.file.path, case.file.shown, case.name, case.source, way.profile))
            if len(waiting) > 2 * processes:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()
    except BrokenProcessPool:
        raise InternalError("test-process-died", "a process that ran tests died", "run them with -j 1") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    # The terminal's interrupt is for the process that shows what becomes of the tests: it ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _hush()


def _hush() -> None:
    """What guests write is told with a test that fails, and nowhere else."""
    logging.getLogger("atoll.guest").addHandler(logging.NullHandler())


def _play(path: Path, shown: str, name: str, source: Path, profile: str | None) -> Outcome:
    return run_test(_file(path, shown), name, source, _apps(profile))


@cache
def _file(path: Path, shown: str) -> TestFile:
    return TestFile.load(path, shown)


@cache
def _apps(profile: str | None) -> Apps:
    made = Apps(profile)
    atexit.register(made.close)
    return made
