"""The loop that all embedders are measured in: that of Python's own timeit, with the garbage collector on."""

import gc
import threading
import time
from statistics import median
from timeit import Timer

from bench.embedders.work import ANSWERS, Statement

# Seconds of one batch; a round has as many as fit.
_BATCH = 0.02


class WrongAnswer(Exception):
    """What was to be measured does not do the work."""


class Loop:
    """One statement, done over and over."""

    def __init__(self, name: str, statement: Statement) -> None:
        given = statement.plain(eval(statement.text, dict(statement.names)))
        if given != ANSWERS[name]():
            raise WrongAnswer(f"`{statement.text}` gave {given!r:.60}")
        self._times = statement.times
        self._timer = Timer(statement.text, _COLLECTED, globals={**statement.names, "gc": gc})
        self._batch = self._fitting()

    def rate(self, seconds: float) -> float:
        """How often a second the work was done, in the middle one of all batches."""
        return self._times * self._batch / median(self._batches(seconds))

    def rate_of_threads(self, seconds: float, threads: int) -> float:
        """How often a second so many threads did it together."""
        began = time.perf_counter()
        done = [0] * threads

        def work(number: int) -> None:
            done[number] = self._batch * len(self._batches(began + seconds - time.perf_counter()))

        started = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        return self._times * sum(done) / (time.perf_counter() - began)

    def _batches(self, seconds: float) -> list[float]:
        """Seconds of each batch; at least one."""
        until = time.perf_counter() + seconds
        taken = [self._timer.timeit(self._batch)]
        while time.perf_counter() < until:
            taken.append(self._timer.timeit(self._batch))
        return taken

    def _fitting(self) -> int:
        """How often the statement goes into a batch."""
        count = 1
        while (took := self._timer.timeit(count)) < _BATCH / 4:
            count *= 4
        return max(1, round(count * _BATCH / took))


# Nobody turns it off in a program, and some of the embedders' objects only go with it.
_COLLECTED = "gc.enable()"
