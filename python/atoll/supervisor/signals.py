"""SIGINT and SIGTERM, counted: the first asks for an orderly end, the second for one at once. SIGHUP: a reload."""

import os
import select
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)
RELOADING = signal.SIGHUP


class Signals:
    """How many signals to stop came, and a socket that becomes readable when something has happened."""

    def __init__(self, woken: socket.socket, wake: socket.socket) -> None:
        self.woken = woken
        self.count = 0
        self._wake = wake
        self._reload = False

    def wake(self) -> None:
        """Make the socket readable, from any thread."""
        # Full is readable enough, and after the end nobody reads.
        with suppress(OSError):
            self._wake.send(b"\0")

    def clear(self) -> None:
        """Make the socket unreadable again."""
        try:
            while self.woken.recv(64):
                pass
        except BlockingIOError:
            pass

    def pause(self, seconds: float) -> None:
        """Sleep so long, or until something has happened."""
        if select.select([self.woken], [], [], seconds)[0]:
            self.clear()

    def ask_for_reload(self) -> None:
        """Let the app be reloaded, from any thread. Asked twice before it begins, it is done once."""
        self._reload = True
        self.wake()

    def reload_is_asked(self) -> bool:
        """Whether a reload was asked for since this was last asked."""
        asked, self._reload = self._reload, False
        return asked


@contextmanager
def watched(at_second: Callable[[], None]) -> Iterator[Signals]:
    """Count the signals that ask to stop; `at_second` is called for the second and each later one. Main thread only."""
    woken, wake = socket.socketpair()
    with woken, wake:
        woken.setblocking(False)
        wake.setblocking(False)
        signals = Signals(woken, wake)
        had_terminal = _has_terminal()

        def stop(number: int, frame: FrameType | None) -> None:
            signals.count += 1
            if signals.count > 1:
                at_second()

        def hang_up(number: int, frame: FrameType | None) -> None:
            # The kernel sends the same signal where a terminal is closed: who started us there has left.
            if had_terminal and not _has_terminal():
                stop(number, frame)
            else:
                signals.ask_for_reload()

        handlers = dict.fromkeys(STOPPING, stop) | {RELOADING: hang_up}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        old = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        try:
            yield signals
        finally:
            signal.set_wakeup_fd(old)
            for number, handler in before.items():
                signal.signal(number, handler)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
