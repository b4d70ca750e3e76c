"""One reload over several workers, in two phases: first all load the new release beside the old, then all exchange it.

The first worker compiles alone and fills the code cache. Where one worker refuses, all keep what they have.
"""

from collections.abc import Iterable

from atoll.supervisor import messages
from atoll.supervisor.process import WorkerProcess
from atoll.supervisor.release import Release


class Rollout:
    """The first phase: which workers were asked to load, and which have done so."""

    def __init__(self, generation: int, release: Release) -> None:
        self.generation = generation
        self.release = release
        self._asked: set[WorkerProcess] = set()
        self._loaded: set[WorkerProcess] = set()

    def advance(self, workers: Iterable[WorkerProcess]) -> bool:
        """Ask whoever is to load now. Whether all have loaded."""
        present = sorted(workers, key=lambda worker: worker.index)
        serving = [worker for worker in present if worker.state == "serving"]
        if not self._loaded:
            serving = [] if self._asked.intersection(present) else serving[:1]
        for worker in serving:
            if worker not in self._asked:
                self._asked.add(worker)
                worker.send(messages.Load(self.generation, self.release.job))
        return bool(present) and self._loaded.issuperset(present)

    def loaded(self, worker: WorkerProcess) -> None:
        """The worker is ready to exchange."""
        self._loaded.add(worker)

    def is_loading(self, worker: WorkerProcess) -> bool:
        """Whether the worker was asked, and has not answered."""
        return worker in self._asked - self._loaded

    def give_up(self) -> None:
        """Those that have loaded may forget it."""
        for worker in self._asked:
            worker.send(messages.Forget(self.generation))
        self.release.close()
