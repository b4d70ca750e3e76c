"""The thread that hands guest output to Python's logging: no request waits for a log."""

import sys
import threading
from typing import Any

from atoll.observe import guest_log

# Seconds after which the thread looks again.
_BREATH = 1.0


class GuestLogs:
    """Logs what comes from `lines`, until nothing can come any more. None logs nothing."""

    def __init__(self, lines: Any) -> None:
        self._lines = lines
        self._writing = threading.Lock()
        if lines is not None:
            threading.Thread(target=_run, args=(lines, self._writing), name="atoll-guest-logs", daemon=True).start()

    def flush(self) -> None:
        """Log what waits."""
        if self._lines is not None:
            _write(self._lines, self._writing)


def _run(lines: Any, writing: threading.Lock) -> None:
    while lines.wait(_BREATH):
        _write(lines, writing)
    _write(lines, writing)


def _write(lines: Any, writing: threading.Lock) -> None:
    with writing:
        entries, missing = lines.take()
        if missing:
            guest_log.dropped(missing)
        for entry in entries:
            try:
                guest_log.write(entry)
            except Exception:
                # A handler of the program's that raises must not end the thread.
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
