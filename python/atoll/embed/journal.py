"""What guests write and log, as records of Python's `logging`.

A plugin's logger is `atoll.guest.<its name>`. Standard output is of level INFO, standard error of level WARNING;
messages of `wasi:logging` keep their own.
"""

import logging
import re
from typing import Final

from atoll.embed.limits import NAMES

_LEVELS: Final = {
    "trace": logging.DEBUG - 5,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
_KEY = re.compile(r"`tool\.atoll\.limits\.(\w+)` raises it$")
_STREAMS: Final = {"stdout": logging.INFO, "stderr": logging.WARNING}


def write(plugin: str, level: str | None, context: str, source: str, text: str) -> None:
    """One line of a stream, or one message with a level and the context that the guest gave it."""
    # The data plane's own last word names a key of the manifest.
    text = _KEY.sub(lambda key: f"`atoll.Limits({NAMES.get(key[1], key[1])}=…)` raises it", text)
    severity = _STREAMS[source] if level is None else _LEVELS[level]
    extra = {"context": context, "stream": source if level is None else None}
    logging.getLogger(f"atoll.guest.{plugin}").log(severity, "%s", text, extra=extra)
