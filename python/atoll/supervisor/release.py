"""A release: the app as it was at one moment, with all that belongs to it. A reload makes the next one."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from atoll.host import Job, Refuse, Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Release:
    """What to serve. `refuse` knows where the manifest says what problems complain about.

    `close` gives up what only this release needs, such as copied files; it may be called twice. `watched` are the
    files, and the folders with all that lies below, from which the release was made.
    """

    job: Job
    refuse: Refuse
    close: Callable[[], None]
    watched: frozenset[Path] = frozenset()


# Settings of the listener, the logs and the processes.
_KEPT = (
    "listen",
    "listen_fd",
    "listen_mode",
    "proxy_protocol",
    "compress",
    "workers",
    "worker",
    "drain_ms",
    "http",
    "tls",
    "log",
)

Renew = Callable[[], Release]


def following(job: Job, running: Settings) -> Job:
    """The job of a reload: all that is new of the app, and what a running server cannot change as it is."""
    kept = {
        name: getattr(running, name)
        for name in (
            "listen",
            "listen_fd",
            "proxy_protocol",
            "compress",
            "workers",
            "worker",
            "drain_ms",
            "http",
            "tls",
            "log",
        )
    }
    return msgspec.structs.replace(job, settings=msgspec.structs.replace(job.settings, **kept))


class InBackground(Generic[T]):
    """One piece of work on a thread of its own, which the end of the process does not wait for."""

    def __init__(self, work: Callable[[], T], then: Callable[[], object]) -> None:
        self._outcome: Future[T] = Future()
        self._work = work
        self._then = then
        threading.Thread(target=self._run, name="atoll-reload", daemon=True).start()

    @property
    def is_done(self) -> bool:
        """Whether there is an outcome."""
        return self._outcome.done()

    def outcome(self) -> T:
        """What the work returned, once it is done. Raises what it raised."""
        return self._outcome.result(0)

    def _run(self) -> None:
        try:
            self._outcome.set_result(self._work())
        except BaseException as error:
            self._outcome.set_exception(error)
        self._then()
