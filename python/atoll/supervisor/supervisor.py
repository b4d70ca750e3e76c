"""Several worker processes that serve one app on one address.

The first worker compiles alone and fills the code cache; the others load from it. All start to listen together. A
worker that ends by itself is replaced, with growing delays; a replacement that cannot start is given up after some
tries. SIGHUP reloads the app in all of them, or in none.
When the supervisor dies, however it dies, its workers end.
"""

import contextlib
import selectors
import time
from dataclasses import dataclass, replace
from typing import assert_never

import msgspec

from atoll.errors import AtollError, InternalError
from atoll.host import Problem, Refuse
from atoll.observe import Watch
from atoll.supervisor import messages
from atoll.supervisor.changes import Changes
from atoll.supervisor.events import (
    Announce,
    Event,
    Loaded,
    Reloaded,
    ReloadFailed,
    Reloading,
    Serving,
    Stopping,
    WorkerEnded,
    WorkerFailed,
    WorkerReplaced,
)
from atoll.supervisor.listening import Listening
from atoll.supervisor.measuring import Measuring
from atoll.supervisor.process import WorkerProcess
from atoll.supervisor.release import InBackground, Release, Renew, following
from atoll.supervisor.rollout import Rollout
from atoll.supervisor.signals import Signals, watched
from atoll.supervisor.systemd import Notifier, passed_socket

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
    """Runs a release in `workers` processes, as its settings say. `renew` makes the release of a reload."""

    def __init__(self, release: Release, renew: Renew, announce: Announce, watch: Watch | None = None) -> None:
        self._release = release
        self._renew = renew
        self._tell = announce
        self._notifier = Notifier.of_environment()
        self._wanted = release.job.settings.workers
        self._workers: dict[int, WorkerProcess] = {}
        self._records: dict[int, _Record] = {}
        self._due: list[_Due] = []
        self._up = False
        self._kill_at: float | None = None
        self._selector = selectors.DefaultSelector()
        self._measuring = Measuring(watch, self._workers, self._wanted)
        # Releases are counted; of the earlier ones, those that a worker may still use are kept.
        self._generation = 0
        self._tried = 0
        self._earlier: dict[int, Release] = {}
        self._renewing: InBackground[Release] | None = None
        self._rollout: Rollout | None = None
        self._exchanging = False

    def run(self) -> bool:
        """Serve until a signal asks to stop, and drain; a second signal kills the workers. Whether the end was orderly.

        Raises UserError `listen-failed`, what `refuse` raises when the app cannot be loaded, and InternalError
        `worker-failed` when no worker can be kept alive.
        """
        settings = self._release.job.settings
        self._sockets = Listening(settings.listen, self._wanted, settings.listen_mode, passed=passed_socket())
        try:
            self._shared = msgspec.structs.replace(settings, listen=self._sockets.address)
            with watched(at_second=self._kill_all) as signals, self._selector:
                self._selector.register(signals.woken, selectors.EVENT_READ)
                self._measuring.register(self._selector)
                with contextlib.closing(Changes(signals.ask_for_reload)) as self._changes:
                    self._changes.watch(self._release.watched)
                    self._serve(signals)
                return signals.count < 2
        finally:
            self._kill_all()
            for worker in self._workers.values():
                worker.reap()
            self._sockets.close()

    def _serve(self, signals: Signals) -> None:
        # Interpreters start side by side, while the first of them may have to compile.
        for index in range(self._wanted):
            self._start(index)
        self._load(self._workers[0])
        while self._workers or self._due:
            for key, _ in self._selector.select(self._patience()):
                if isinstance(key.fileobj, WorkerProcess):
                    self._listen_to(key.fileobj)
                elif not self._measuring.woken(key.fileobj):
                    signals.clear()
            if signals.count and self._kill_at is None:
                self._stop()
            self._catch_up()
            self._reload(signals)
            self._measuring.note(self._up, self._kill_at is not None)
        if self._kill_at is None:
            raise InternalError("worker-failed", "no worker could be kept alive", "look at the errors above")

    def _announce(self, event: Event) -> None:
        self._notifier.tell(event)
        self._tell(event)

    def _patience(self) -> float | None:
        """Seconds until something has to be done without being asked."""
        times = [due.at for due in self._due]
        if self._kill_at is not None:
            times.append(self._kill_at)
        beat = self._notifier.beat()
        if beat is not None:
            times.append(time.monotonic() + beat)
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
        """A replacement."""
        self._start(index)
        self._load(self._workers[index])

    def _start(self, index: int) -> None:
        worker = self._workers[index] = WorkerProcess(index, self._sockets.fd(index))
        self._selector.register(worker, selectors.EVENT_READ)

    def _load(self, worker: WorkerProcess) -> None:
        first = worker.index == 0 and not self._records
        log = msgspec.structs.replace(self._shared.log, truncate=self._shared.log.truncate and first)
        socket = self._sockets.fd(worker.index)
        running = msgspec.structs.replace(self._shared, worker=worker.index, log=log, listen_fd=socket)
        self._records.setdefault(worker.index, _Record())
        worker.load(following(self._release.job, running), self._generation)

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
            case messages.Loaded(generation, report):
                self._rolls_on(worker, generation, report)
            case messages.Declined(generation, problems):
                if self._rollout is not None and self._rollout.generation == generation:
                    self._keep_what_is(_raised(self._rollout.release.refuse, problems))
            case messages.Exchanged(generation):
                worker.generation = generation
                self._announce_exchange()
            case messages.Settled(generation):
                worker.settled = generation
                self._close_unused()
            case messages.Measured() | messages.Profiled():
                self._measuring.heard(worker, message)
            case _:
                assert_never(message)

    def _loaded(self, worker: WorkerProcess, report: dict[str, object]) -> None:
        if self._up:
            worker.send(messages.Start())
            return
        if worker.index == 0:
            self._announce(Loaded(report))
            for index in range(1, self._wanted):
                self._load(self._workers[index])
        if all(each.state == "ready" for each in self._workers.values()):
            for each in self._workers.values():
                each.send(messages.Start())

    def _listening(self, worker: WorkerProcess, address: str) -> None:
        if self._up:
            self._records[worker.index] = replace(self._records[worker.index], refused=0)
            self._announce(WorkerReplaced(worker.index, worker.pid))
            self._advance()
        elif all(each.state == "serving" for each in self._workers.values()):
            self._up = True
            self._announce(Serving(address))

    def _refused(self, worker: WorkerProcess, problems: list[Problem]) -> None:
        if not self._up:
            self._release.refuse(problems)
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
        if delay is None:
            self._sockets.give_up(worker.index)
        else:
            self._due.append(_Due(time.monotonic() + delay, worker.index))
        if self._rollout is not None and self._rollout.is_loading(worker):
            # The same would happen to its replacement, and to the next.
            why = f"worker {worker.index} {how} while it loaded the app again"
            self._keep_what_is(InternalError("worker-failed", why, "mend the app, and reload it"))
        self._close_unused()
        self._advance()
        self._announce_exchange()

    def _reload(self, signals: Signals) -> None:
        if self._kill_at is not None or not self._up or self._rollout is not None or self._exchanging:
            return
        if self._renewing is None:
            if signals.reload_is_asked():
                self._announce(Reloading())
                self._renewing = InBackground(self._renew, then=signals.wake)
            return
        if self._renewing.is_done:
            renewing, self._renewing = self._renewing, None
            try:
                release = renewing.outcome()
            except AtollError as error:
                self._announce(ReloadFailed(error))
                return
            release = replace(release, job=following(release.job, self._shared))
            # A number is used once: a late answer to an earlier try must not be taken for one to this.
            self._tried += 1
            self._changes.watch(release.watched)
            self._rollout = Rollout(self._tried, release)
            self._advance()

    def _rolls_on(self, worker: WorkerProcess, generation: int, report: dict[str, object]) -> None:
        if self._rollout is None or self._rollout.generation != generation:
            return
        self._rollout.loaded(worker)
        self._report = report
        self._advance()

    def _advance(self) -> None:
        """Go on with the reload, if there is one; once all have loaded, all exchange."""
        rollout = self._rollout
        if rollout is None or self._kill_at is not None or not rollout.advance(self._workers.values()):
            return
        self._rollout = None
        self._earlier[self._generation] = self._release
        self._generation, self._release = rollout.generation, rollout.release
        for worker in self._workers.values():
            worker.send(messages.Exchange(rollout.generation))
        self._exchanging = True
        self._take_up()

    def _take_up(self) -> None:
        """What could not be kept alive with the old app may live with the new one."""
        present = {*self._workers, *(due.index for due in self._due)}
        for index in set(range(self._wanted)) - present:
            with contextlib.suppress(OSError):
                self._sockets.take_up(index)
                self._records[index] = _Record()
                self._spawn(index)

    def _announce_exchange(self) -> None:
        if self._exchanging and all(each.generation == self._generation for each in self._workers.values()):
            self._exchanging = False
            self._announce(Reloaded(self._report))

    def _keep_what_is(self, error: AtollError) -> None:
        if self._rollout is not None:
            self._rollout.give_up()
            self._rollout = None
        self._announce(ReloadFailed(error))

    def _close_unused(self) -> None:
        oldest = min((worker.settled for worker in self._workers.values()), default=self._generation)
        for generation in [each for each in self._earlier if each < oldest]:
            self._earlier.pop(generation).close()

    def _after_refusal(self, worker: WorkerProcess) -> float | None:
        record = self._records[worker.index]
        record = self._records[worker.index] = replace(record, refused=record.refused + 1)
        delay = _delay(record.refused) if record.refused < _START_TRIES else None
        self._announce(WorkerFailed(worker.index, _raised(self._release.refuse, worker.problems), delay))
        return delay

    def _after_crash(self, worker: WorkerProcess, how: str) -> float:
        record = self._records[worker.index]
        lived = time.monotonic() - worker.started
        record = self._records[worker.index] = replace(record, ended=1 if lived > _STABLE else record.ended + 1)
        delay = _delay(record.ended)
        self._announce(WorkerEnded(worker.index, worker.pid, how, delay))
        return delay

    def _stop(self) -> None:
        self._announce(Stopping())
        self._due.clear()
        # The workers listen no longer when they hear it; neither must this process.
        self._sockets.close()
        self._kill_at = time.monotonic() + self._shared.drain_ms / 1000 + _GRACE
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
