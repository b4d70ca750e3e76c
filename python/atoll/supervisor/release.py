"""A release: the app as it was at one moment, with all that belongs to it. A reload makes the next one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from atoll.errors import AtollError, InternalError
from atoll.host import Job, Refuse, Settings
from atoll.supervisor.changes import NOTHING, Watched

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Release:
    """What to serve. `refuse` knows where the manifest says what problems complain about.

    `close` gives up what only this release needs, such as copied files; it may be called twice. `watched` is
    what the release was made from.
    """

    job: Job
    refuse: Refuse
    close: Callable[[], None]
    watched: Watched = NOTHING


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


def as_error(error: Exception) -> AtollError:
    """The error itself, or what has gone wrong beside the app."""
    if isinstance(error, AtollError):
        return error
    return InternalError("reload-failed", f"the app could not be read again: {type(error).__name__}: {error}")


class InBackground(Generic[T]):
    """One piece of work on a thread of its own, which the end of the process does not wait for."""

    def __init__(self, work: Callable[[], T], then: Callable[[], object]) -> None:
        self._done = threading.Event()
        self._outcome: Callable[[], T]
        self._work = work
        self._then = then
        threading.Thread(target=self._run, name="atoll-reload", daemon=True).start()

    @property
    def is_done(self) -> bool:
        """Whether there is an outcome."""
        return self._done.is_set()

    def outcome(self) -> T:
        """What the work returned. Waits for it. Raises its AtollError, and for whatever else went wrong InternalError
        `reload-failed`: a server that serves must not end because of it.
        """
        self._done.wait()
        return self._outcome()

    def _run(self) -> None:
        try:
            result = self._work()
        except Exception as error:
            raised = as_error(error)

            def outcome() -> T:
                raise raised
        else:

            def outcome() -> T:
                return result

        self._outcome = outcome
        self._done.set()
        self._then()
