"""What guests write and log, kept for a test."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import overload

_ALL = 1
"""A level below all others."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a stream, or a message with a level.

    guest: the plugin or component. stream: `stdout` or `stderr`, None for a message. level: as in Python's logging.
    context: what the guest gave to a message.
    """

    guest: str
    text: str
    stream: str | None
    level: int
    context: str = ""

    def __str__(self) -> str:
        source = self.stream or logging.getLevelName(self.level).lower()
        context = f"{self.context}: " if self.context else ""
        return f"{source:<6} | {context}{self.text}"


class GuestLog(Sequence[Line]):
    """Lines in the order in which they were written."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self.flush: Callable[[], object] = lambda: None
        """Waits for lines that are on their way."""

    @property
    def stdout(self) -> str:
        """What was written to standard output."""
        return self._of("stdout")

    @property
    def stderr(self) -> str:
        """What was written to standard error."""
        return self._of("stderr")

    @property
    def text(self) -> str:
        """All lines and messages."""
        return "".join(f"{line.text}\n" for line in self)

    def clear(self) -> None:
        """Forget what was written so far."""
        self.flush()
        self._lines.clear()

    def add(self, line: Line) -> None:
        """Keep a line."""
        self._lines.append(line)

    def _of(self, stream: str) -> str:
        return "".join(f"{line.text}\n" for line in self if line.stream == stream)

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> list[Line]: ...
    def __getitem__(self, place: int | slice) -> Line | list[Line]:
        self.flush()
        return self._lines[place]

    def __len__(self) -> int:
        self.flush()
        return len(self._lines)

    def __iter__(self) -> Iterator[Line]:
        self.flush()
        return iter([*self._lines])

    def __repr__(self) -> str:
        return repr([str(line) for line in self])


@contextmanager
def listening(guests: Iterable[str], log: GuestLog) -> Iterator[None]:
    """Keep what these plugins or components write until the block ends.

    Handlers of the program, and pytest's, see what they would see without.
    """
    loggers = {guest: logging.getLogger(f"atoll.guest.{guest}") for guest in guests}
    handlers = {guest: _Keeping(guest, logger, log) for guest, logger in loggers.items()}
    before = {guest: (logger.level, logger.propagate) for guest, logger in loggers.items()}
    for guest, logger in loggers.items():
        logger.addHandler(handlers[guest])
        logger.setLevel(_ALL)
        logger.propagate = False
    try:
        yield
    finally:
        log.flush()
        for guest, logger in loggers.items():
            level, logger.propagate = before[guest]
            logger.setLevel(level)
            logger.removeHandler(handlers[guest])


class _Keeping(logging.Handler):
    def __init__(self, guest: str, logger: logging.Logger, log: GuestLog) -> None:
        super().__init__()
        self._guest = guest
        self._logger = logger
        self._log = log
        self._level, self._is_heard = logger.level, logger.propagate

    def emit(self, record: logging.LogRecord) -> None:
        stream, context = getattr(record, "stream", None), getattr(record, "context", "") or ""
        self._log.add(Line(self._guest, record.getMessage(), stream, record.levelno, context))
        parent = self._logger.parent
        if self._is_heard and parent is not None and record.levelno >= self._usual(parent):
            parent.handle(record)

    def _usual(self, parent: logging.Logger) -> int:
        """The level from which on the program hears of this guest: `caplog` may have set it meanwhile."""
        own = self._level if self._logger.level == _ALL else self._logger.level
        return own or parent.getEffectiveLevel()
