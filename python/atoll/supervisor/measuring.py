"""The supervisor's part in measuring: it passes questions on to workers and says how many of them serve."""

import selectors
from collections.abc import Mapping

from atoll.observe import Health, Watch
from atoll.observe.health import Phase
from atoll.supervisor import messages
from atoll.supervisor.process import WorkerProcess


class Measuring:
    """Does nothing where nobody watches."""

    def __init__(self, watch: Watch | None, workers: Mapping[int, WorkerProcess], wanted: int) -> None:
        self._watch = watch
        self._workers = workers
        self._wanted = wanted
        self._ended = 0

    def register(self, selector: selectors.BaseSelector) -> None:
        """Wake the supervisor's loop for questions."""
        if self._watch is not None:
            selector.register(self._watch.woken, selectors.EVENT_READ)

    def woken(self, by: object) -> bool:
        """Whether `by` is the socket of questions; then they are passed on."""
        if self._watch is None or by is not self._watch.woken:
            return False
        serving = {worker.index: worker.pid for worker in self._workers.values() if worker.state == "serving"}
        self._watch.ask(serving, lambda index: self._workers[index].send(messages.Measure()))
        self._watch.profiling.ask(serving, lambda index, seconds: self._workers[index].send(messages.Profile(seconds)))
        return True

    def heard(self, worker: WorkerProcess, told: messages.Measured | messages.Profiled) -> None:
        """A worker has answered."""
        if self._watch is None:
            return
        if isinstance(told, messages.Measured):
            self._watch.answered(worker.index, worker.pid, bytes(told.counted))
        else:
            self._watch.profiling.answered(worker.index, bytes(told.gathered))

    def gone(self, worker: WorkerProcess) -> None:
        """A worker has ended."""
        if self._watch is not None:
            # One that was told to leave did not end by itself.
            self._ended += self._watch.health.phase != "draining"
            self._watch.gone(worker.index)
            self._watch.profiling.gone(worker.index)

    def note(self, up: bool, leaving: bool) -> None:
        """Tell how the run is."""
        if self._watch is not None:
            phase: Phase = "draining" if leaving else "serving" if up else "starting"
            serving = sum(worker.state == "serving" for worker in self._workers.values())
            self._watch.health = Health(phase, self._wanted, serving, self._ended)
