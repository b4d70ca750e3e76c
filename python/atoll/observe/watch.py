"""Gathers what a run knows of itself: what each worker counted, and what the supervisor sees.

Whoever scrapes asks from a thread of its own; the supervisor's loop passes the question on and is never waited for. A
worker that does not answer in time keeps its last totals, so that no counter ever goes back; its states are left out.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable

from atoll import __version__
from atoll.observe import processes, snapshot
from atoll.observe.health import Health
from atoll.observe.profiling import Gather, Profiling
from atoll.observe.samples import Samples, grows
from atoll.observe.snapshot import Snapshot

# Seconds that workers have to answer.
PATIENCE = 1.0

Ask = Callable[[int], None]


class Watch:
    """One run. The methods that are not `measure` belong to the supervisor's thread."""

    def __init__(self) -> None:
        # Readable when someone wants workers to be asked.
        self.woken, self._wake = socket.socketpair()
        self.woken.setblocking(False)
        self._wake.setblocking(False)
        self.health = Health()
        self.profiling = Profiling(self._wake)
        self._changed = threading.Condition()
        self._scraping = threading.Lock()
        self._local: Callable[[], str | None] | None = None
        self._wanted = self._asked = 0
        self._outstanding: set[int] = set()
        self._last: dict[int, tuple[int, Snapshot]] = {}
        self._pids: dict[int, int] = {}
        self._retired = Samples()
        self._unanswered = 0

    def close(self) -> None:
        """Nothing asks any more."""
        self.woken.close()
        self._wake.close()

    def alone(self, measure: Callable[[], str | None], gather: Gather | None = None) -> None:
        """The app is in this process: `measure` gives its snapshot, `gather` its profile, if it can."""
        self._local = measure
        self.profiling.alone(gather)

    def ask(self, serving: dict[int, int], ask: Ask) -> None:
        """Somebody scrapes: call `ask` with each of the workers (index to process id) that has no question open."""
        with contextlib.suppress(BlockingIOError):
            while self.woken.recv(64):
                pass
        with self._changed:
            self._pids = dict(serving)
            fresh = [worker for worker in serving if worker not in self._outstanding]
            self._outstanding.update(fresh)
            self._asked = self._wanted
            self._changed.notify_all()
        for worker in fresh:
            ask(worker)

    def answered(self, worker: int, pid: int, text: str | bytes) -> None:
        """A worker answered with its snapshot."""
        read = snapshot.read(text)
        with self._changed:
            self._last[worker] = (pid, read)
            self._outstanding.discard(worker)
            self._changed.notify_all()

    def gone(self, worker: int) -> None:
        """A worker has ended; what it counted stays."""
        with self._changed:
            self._outstanding.discard(worker)
            self._pids.pop(worker, None)
            last = self._last.pop(worker, None)
            if last is not None:
                self._retired.add(last[1].samples(), grows)
            self._changed.notify_all()

    def last(self) -> Samples:
        """All that was known last, without asking anybody."""
        return self._total(set()) if self._local is None else self.measure()

    def measure(self) -> Samples:
        """All that is known now; waits for workers, at most `PATIENCE`. From any thread but the supervisor's."""
        with self._scraping:
            if self._local is not None:
                text = self._local()
                if text is not None:
                    self.answered(0, os.getpid(), text)
                return self._total(set())
            return self._total(self._gather())

    def _gather(self) -> set[int]:
        """Ask all workers; those that did not answer."""
        with self._changed:
            self._wanted += 1
            mine = self._wanted
        with contextlib.suppress(OSError):
            self._wake.send(b"\0")
        end = time.monotonic() + PATIENCE
        with self._changed:
            self._changed.wait_for(lambda: self._asked >= mine and not self._outstanding, end - time.monotonic())
            late = set(self._outstanding)
            self._unanswered += len(late)
        return late

    def _total(self, late: set[int]) -> Samples:
        total, health = Samples(), self.health
        with self._changed:
            total.add(self._retired)
            for worker, (_, last) in self._last.items():
                total.add(last.samples(), grows if worker in late else lambda family: True)
            pids = dict(self._pids)
            total.put("atoll_workers_unanswered", self._unanswered)
        total.put("atoll_workers", health.workers, "wanted")
        total.put("atoll_workers", health.serving, "serving")
        total.put("atoll_worker_restarts", health.restarts)
        total.put("atoll_build_info", 1, __version__)
        processes.measure(total, "supervisor", os.getpid())
        for worker, pid in pids.items():
            processes.measure(total, f"worker-{worker}", pid)
        return total
