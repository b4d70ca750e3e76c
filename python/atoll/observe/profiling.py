"""A profile of a running app: workers gather for some seconds, each for itself."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterable

# Seconds that workers have to hand over what they gathered.
_PATIENCE = 5.0

Gather = Callable[[float, Callable[[str], object]], None]
"""Gathers for so many seconds, and then calls back."""


class Profiling:
    """One run. The methods that are not `profile` belong to the supervisor's thread."""

    def __init__(self, wake: socket.socket) -> None:
        self._wake = wake
        self._local: Gather | None = None
        self._one = threading.Lock()
        self._changed = threading.Condition()
        self._seconds: float | None = None
        self._waiting: set[int] | None = None
        self._gathered: list[bytes] = []

    def alone(self, gather: Gather | None) -> None:
        """The app is in this process."""
        self._local = gather

    def ask(self, serving: Iterable[int], ask: Callable[[int, float], None]) -> None:
        """Call `ask` for each worker, with the seconds that somebody wants, if somebody does."""
        with self._changed:
            seconds, self._seconds = self._seconds, None
            if seconds is None:
                return
            self._waiting = {*serving}
            workers = [*self._waiting]
        for worker in workers:
            ask(worker, seconds)

    def answered(self, worker: int, gathered: bytes) -> None:
        """A worker has handed over what it gathered."""
        with self._changed:
            if self._waiting is not None and worker in self._waiting:
                self._gathered.append(gathered)
        self.gone(worker)

    def gone(self, worker: int) -> None:
        """Nothing will come from it any more."""
        with self._changed:
            if self._waiting is not None:
                self._waiting.discard(worker)
                self._changed.notify_all()

    def profile(self, seconds: float) -> list[bytes] | None:
        """What each process gathered in the next seconds, as JSON; None while somebody else gathers."""
        if not self._one.acquire(blocking=False):
            return None
        try:
            with self._changed:
                self._seconds, self._waiting, self._gathered = seconds, None, []
            if self._local is not None:
                self.ask([0], lambda worker, seconds: self._alone(seconds))
            else:
                with contextlib.suppress(OSError):
                    self._wake.send(b"\0")
            with self._changed:
                self._changed.wait_for(lambda: self._waiting == set(), seconds + _PATIENCE)
                return self._gathered
        finally:
            self._one.release()

    def _alone(self, seconds: float) -> None:
        if self._local is not None:
            self._local(seconds, lambda gathered: self.answered(0, gathered.encode()))


def together(documents: Iterable[bytes]) -> bytes:
    """Several documents as one list of them."""
    return json.dumps([json.loads(document) for document in documents]).encode()
