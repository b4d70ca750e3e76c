"""Several worker processes that serve one app on one address.

The first worker compiles alone and fills the code cache; the others load from it. All start to listen together. A
worker that ends by itself is replaced, with growing delays; a replacement that cannot start is given up after some
tries.
When the supervisor dies, however it dies, its workers end.
"""

import selectors
import time
from dataclasses import dataclass, replace
from typing import assert_never

import msgspec

from atoll.errors import AtollError, InternalError
from atoll.host import Job, Problem, Refuse
from atoll.observe import Watch
from atoll.supervisor import messages
from atoll.supervisor.address import Reservation, split
from atoll.supervisor.events import Announce, Loaded, Serving, WorkerEnded, WorkerFailed, WorkerReplaced
from atoll.supervisor.measuring import Measuring
from atoll.supervisor.process import WorkerProcess
from atoll.supervisor.signals import Signals, watched

# Times in seconds. A worker that lived longer than `_STABLE` starts again with the shortest delay.
_FIRST_DELAY = 0.1
_LONGEST_DELAY = 5.0
_STABLE = 30.0
_START_TRIES = 5
# What a worker may take beyond its drain time to end.
_GRACE = 1.0


@dataclass(frozen=True, slots=True)
class _Due:
    """A replacement that is to be started."""

    at: float
    index: int


@dataclass(frozen=True, slots=True)
class _Record:
    """How often a worker's predecessors ended soon, and how often they could not even start."""

    ended: int = 0
    refused: int = 0


class Supervisor:
    """Runs `job` in `job.settings.workers` processes. `refuse` makes exceptions of a worker's problems."""

    def __init__(self, job: Job, refuse: Refuse, announce: Announce, watch: Watch | None = None) -> None:
        self._job = job
        self._refuse = refuse
        self._announce = announce
        self._wanted = job.settings.workers
        self._workers: dict[int, WorkerProcess] = {}
        self._records: dict[int, _Record] = {}
        self._due: list[_Due] = []
        self._up = False
        self._kill_at: float | None = None
        self._selector = selectors.DefaultSelector()
        self._measuring = Measuring(watch, self._workers, self._wanted)

    def run(self) -> bool:
        """Serve until a signal asks to stop, and drain; a second signal kills the workers. Whether the end was orderly.

        Raises UserError `listen-failed`, what `refuse` raises when the app cannot be loaded, and InternalError
        `worker-failed` when no worker can be kept alive.
        """
        reservation = Reservation(*split(self._job.settings.listen))
        try:
            self._shared = msgspec.structs.replace(self._job.settings, listen=reservation.text, reuse_port=True)
            with watched(at_second=self._kill_all) as signals, self._selector:
                self._selector.register(signals.woken, selectors.EVENT_READ)
                self._measuring.register(self._selector)
                self._serve(signals)
                return signals.count < 2
        finally:
            self._kill_all()
            for worker in self._workers.values():
                worker.reap()
            reservation.close()

    def _serve(self, signals: Signals) -> None:
        self._spawn(0)
        while self._workers or self._due:
            for key, _ in self._selector.select(self._patience()):
                if isinstance(key.fileobj, WorkerProcess):
                    self._listen_to(key.fileobj)
                elif not self._measuring.woken(key.fileobj):
                    signals.clear()
            if signals.count and self._kill_at is None:
                self._stop()
            self._catch_up()
            self._measuring.note(self._up, self._kill_at is not None)
        if self._kill_at is None:
            raise InternalError("worker-failed", "no worker could be kept alive", "look at the errors above")

    def _patience(self) -> float | None:
        """Seconds until something has to be done without being asked."""
        times = [due.at for due in self._due]
        if self._kill_at is not None:
            times.append(self._kill_at)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _catch_up(self) -> None:
        now = time.monotonic()
        if self._kill_at is not None and now >= self._kill_at:
            self._kill_all()
        ripe = [due for due in self._due if due.at <= now]
        self._due = [due for due in self._due if due.at > now]
        for due in ripe:
            self._spawn(due.index)

    def _spawn(self, index: int) -> None:
        first = index == 0 and not self._records
        log = msgspec.structs.replace(self._shared.log, truncate=self._shared.log.truncate and first)
        settings = msgspec.structs.replace(self._shared, worker=index, log=log)
        self._records.setdefault(index, _Record())
        worker = WorkerProcess(index, msgspec.structs.replace(self._job, settings=settings))
        self._workers[index] = worker
        self._selector.register(worker, selectors.EVENT_READ)

    def _listen_to(self, worker: WorkerProcess) -> None:
        told = worker.receive()
        if told is None:
            self._ended(worker)
            return
        for message in told:
            self._heard(worker, message)

    def _heard(self, worker: WorkerProcess, message: messages.Told) -> None:
        match message:
            case messages.Progressed(progress):
                if not self._up and worker.index == 0:
                    self._announce(progress)
            case messages.Ready(report):
                worker.state = "ready"
                self._loaded(worker, report)
            case messages.Listening(address):
                worker.state = "serving"
                self._listening(worker, address)
            case messages.Refused(problems):
                self._refused(worker, problems)
            case messages.Measured(counted):
                self._measuring.heard(worker, counted)
            case _:
                assert_never(message)

    def _loaded(self, worker: WorkerProcess, report: dict[str, object]) -> None:
        if self._up:
            worker.send(messages.Start())
            return
        if worker.index == 0:
            self._announce(Loaded(report))
            for index in range(1, self._wanted):
                self._spawn(index)
        if len(self._workers) == self._wanted and all(each.state == "ready" for each in self._workers.values()):
            for each in self._workers.values():
                each.send(messages.Start())

    def _listening(self, worker: WorkerProcess, address: str) -> None:
        if self._up:
            self._records[worker.index] = replace(self._records[worker.index], refused=0)
            self._announce(WorkerReplaced(worker.index, worker.pid))
        elif all(each.state == "serving" for each in self._workers.values()):
            self._up = True
            self._announce(Serving(address))

    def _refused(self, worker: WorkerProcess, problems: list[Problem]) -> None:
        if not self._up:
            self._refuse(problems)
        worker.problems = problems

    def _ended(self, worker: WorkerProcess) -> None:
        self._selector.unregister(worker)
        how = worker.reap()
        del self._workers[worker.index]
        self._measuring.gone(worker)
        if self._kill_at is not None:
            return
        if not self._up:
            raise InternalError(
                "worker-failed", f"worker {worker.index} {how} before it served", "run with --workers 1"
            )
        delay = self._after_refusal(worker) if worker.problems else self._after_crash(worker, how)
        if delay is not None:
            self._due.append(_Due(time.monotonic() + delay, worker.index))

    def _after_refusal(self, worker: WorkerProcess) -> float | None:
        record = self._records[worker.index]
        record = self._records[worker.index] = replace(record, refused=record.refused + 1)
        delay = _delay(record.refused) if record.refused < _START_TRIES else None
        self._announce(WorkerFailed(worker.index, _raised(self._refuse, worker.problems), delay))
        return delay

    def _after_crash(self, worker: WorkerProcess, how: str) -> float:
        record = self._records[worker.index]
        lived = time.monotonic() - worker.started
        record = self._records[worker.index] = replace(record, ended=1 if lived > _STABLE else record.ended + 1)
        delay = _delay(record.ended)
        self._announce(WorkerEnded(worker.index, worker.pid, how, delay))
        return delay

    def _stop(self) -> None:
        self._due.clear()
        self._kill_at = time.monotonic() + self._job.settings.drain_ms / 1000 + _GRACE
        for worker in self._workers.values():
            if worker.state == "serving":
                worker.send(messages.Stop())
            else:
                worker.kill()

    def _kill_all(self) -> None:
        for worker in self._workers.values():
            worker.kill()


def _delay(times: int) -> float:
    return min(_FIRST_DELAY * 2.0 ** (times - 1), _LONGEST_DELAY)


def _raised(refuse: Refuse, problems: list[Problem]) -> AtollError:
    try:
        refuse(problems)
    except AtollError as error:
        return error
