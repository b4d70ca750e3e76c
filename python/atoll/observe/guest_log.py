"""What guests write and log, as records of Python's `logging`.

A component's logger is `atoll.guest.<its id>`. Standard output is of level INFO, standard error of level WARNING;
messages of `wasi:logging` keep their own.
"""

import logging
from typing import Final

_LEVELS: Final = {
    "trace": logging.DEBUG - 5,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
_STREAMS: Final = {"stdout": logging.INFO, "stderr": logging.WARNING}

Line = tuple[str, str, str, str | None, str, str]
"""Component, number of the request, stream, level of a message that has one, its context, text."""


def write(line: Line) -> None:
    """Log one line of a stream, or one message. The record has `request`, `stream` and `context`."""
    component, request, stream, level, context, text = line
    severity = _STREAMS[stream] if level is None else _LEVELS[level]
    extra = {"request": request, "stream": stream if level is None else None, "context": context}
    logging.getLogger(f"atoll.guest.{component}").log(severity, "%s", text, extra=extra)


def dropped(count: int) -> None:
    """Log that lines are missing."""
    logging.getLogger("atoll.guest").warning("%s lines of guests were dropped: logging did not keep up", count)
