"""What a hostile guest may do to those beside it: nothing. Others are answered meanwhile, and nothing grows."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.embed.harm import unharmed
from tests.embed.plugins import rust, small

PAUSE = 0.002
LONGEST = 10.0
"""Seconds: far more than an answer ever takes, far less than whoever waits for another's end."""


class Neighbour:
    """Another plugin, called again and again in another thread."""

    def __init__(self) -> None:
        self.answers = 0
        self.longest = 0.0
        self.error: BaseException | None = None
        self._plugin = small()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="neighbour")

    def _ask(self) -> None:
        try:
            while not self._stop.is_set():
                began = time.monotonic()
                assert self._plugin.add(self.answers, 1) == self.answers + 1
                self.answers += 1
                self._stop.wait(PAUSE)
                self.longest = max(self.longest, time.monotonic() - began)
        except BaseException as error:
            self.error = error

    def begin(self) -> None:
        self._thread.start()
        self.wait_for_one_more()

    def wait_for_one_more(self) -> None:
        seen, until = self.answers, time.monotonic() + LONGEST
        while self.answers <= seen + 1 and self.error is None and time.monotonic() < until:
            time.sleep(PAUSE)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(LONGEST)


@contextmanager
def neighbour(longest: float = LONGEST) -> Iterator[Neighbour]:
    """During the block a neighbour is answered, and never waits longer than so many seconds."""
    beside = Neighbour()
    beside.begin()
    try:
        yield beside
        beside.wait_for_one_more()
    finally:
        beside.end()
    assert beside.error is None, beside.error
    assert beside.answers > 1
    assert beside.longest < longest


@contextmanager
def harmless() -> Iterator[Neighbour]:
    """All of it: others are answered during the block and after it, and the process holds what it held before."""
    rust()
    with unharmed(), neighbour() as beside:
        yield beside
