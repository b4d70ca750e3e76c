"""Where plug-ins' log messages go: a file, or a function that is handed lines; set once a process, as with extism."""

import sys
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

LEVELS = ("trace", "debug", "info", "warn", "error")
NOBODY = 2**31 - 1
"""The level that guests are told where nobody listens."""
MOST_KEPT = 100_000
"""Lines that wait for `drain`; older ones are dropped."""


class _Sink:
    """Who listens, and from which level on."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.level = NOBODY
        self.write: Callable[[str], object] | None = None

    def begin(self, write: Callable[[str], object], level: str | None) -> None:
        """Listen from now on, unless somebody does."""
        with self.lock:
            if self.write is None:
                self.level, self.write = _level(level), write


_sink = _Sink()


def _level(text: str | None) -> int:
    """The level of a word, or of the part of a filter that is about plug-ins (`extism=trace,cranelift=debug`)."""
    for part in (text or "error").split(","):
        name, _, level = part.rpartition("=")
        if (not name or name.startswith("extism")) and level.lower() in LEVELS:
            return LEVELS.index(level.lower())
    return LEVELS.index("error")


def level() -> int:
    """The least level that somebody wants, as guests are told it: trace is 0, error 4."""
    return _sink.level


def log(number: int, target: str, text: str, plugin: object) -> None:
    """Hand a message over if somebody wants its level."""
    write = _sink.write
    if write is None or number < _sink.level:
        return
    time = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    write(f'{time} {LEVELS[number].upper():>5} {target}: {text} plugin="{plugin}"\n')


def set_log_file(file: str, level: str | None = None) -> None:
    """Append log messages of all plug-ins to a file; `-`, `stdout` and `stderr` are those streams.

    Only the first call of this or `set_log_custom` in a process counts.
    """
    if file in ("-", "stdout", "stderr"):
        stream = sys.stderr if file == "stderr" else sys.stdout
        _sink.begin(lambda line: (stream.write(line), stream.flush()), level)
        return
    opened = Path(file).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 -- as long as the process lives
    _sink.begin(opened.write, level)


class CustomLogger:
    """Keeps lines until they are drained."""

    def __init__(self, f: Callable[[str], object]) -> None:
        self._f = f
        self._lines: deque[str] = deque(maxlen=MOST_KEPT)

    def keep(self, line: str) -> None:
        """One more line."""
        self._lines.append(line)

    def drain(self) -> None:
        """Hand over all lines that wait, in their order."""
        while self._lines:
            self._f(self._lines.popleft())

    def __del__(self) -> None:
        self.drain()


def set_log_custom(f: Callable[[str], object], level: str | None = None) -> CustomLogger:
    """Keep log messages of all plug-ins until `drain()`, which hands each line to `f`.

    Only the first call of this or `set_log_file` in a process counts.
    """
    logger = CustomLogger(f)
    _sink.begin(logger.keep, level)
    return logger
