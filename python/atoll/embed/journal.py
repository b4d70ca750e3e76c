"""What guests write and log, as records of Python's `logging`.

A plugin's logger is `atoll.guest.<its name>`. Standard output is of level INFO, standard error of level WARNING;
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


def write(plugin: str, level: str | None, context: str, source: str, text: str) -> None:
    """One line of a stream, or one message with a level and the context that the guest gave it."""
    severity = _STREAMS[source] if level is None else _LEVELS[level]
    extra = {"context": context, "stream": source if level is None else None}
    logging.getLogger(f"atoll.guest.{plugin}").log(severity, "%s", text, extra=extra)
