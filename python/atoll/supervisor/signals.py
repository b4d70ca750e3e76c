"""SIGINT and SIGTERM, counted: the first asks for an orderly end, the second for one at once."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """How many signals to stop came, and a socket that becomes readable when one does."""

    def __init__(self, woken: socket.socket) -> None:
        self.woken = woken
        self.count = 0

    def clear(self) -> None:
        """Make the socket unreadable again."""
        try:
            while self.woken.recv(64):
                pass
        except BlockingIOError:
            pass


@contextmanager
def watched(at_second: Callable[[], None]) -> Iterator[Signals]:
    """Count the signals that ask to stop; `at_second` is called for the second and each later one. Main thread only."""
    woken, wake = socket.socketpair()
    with woken, wake:
        woken.setblocking(False)
        wake.setblocking(False)
        signals = Signals(woken)

        def came(number: int, frame: FrameType | None) -> None:
            signals.count += 1
            if signals.count > 1:
                at_second()

        before = {number: signal.signal(number, came) for number in STOPPING}
        old = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        try:
            yield signals
        finally:
            signal.set_wakeup_fd(old)
            for number, handler in before.items():
                signal.signal(number, handler)
