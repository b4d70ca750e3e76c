"""What modules print while they are loaded: kept for the person who builds, for there is little room in componentize-py's pipe."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ("captured",)


@contextmanager
def captured() -> Iterator[io.BytesIO]:
    """Have both streams write to one buffer. They stay the same objects, for loggers may have taken hold of them."""
    buffer = io.BytesIO()
    streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, io.TextIOWrapper)]
    originals = [(stream, stream.buffer, stream.encoding, stream.errors) for stream in streams]
    for stream in streams:
        stream.__init__(buffer, "utf-8", "backslashreplace", write_through=True)  # type: ignore[misc]
    try:
        yield buffer
    finally:
        for stream, original, encoding, errors in originals:
            stream.flush()
            stream.__init__(original, encoding, errors, write_through=True)  # type: ignore[misc]
