"""Uncaught exceptions: written to standard error, and so to the log, beginning with the user's own frames."""

from __future__ import annotations

import sys
from traceback import TracebackException

__all__ = ("tell",)

_OWN = "atoll_guest/"


def tell(error: BaseException) -> None:
    """Write the traceback of an exception, and of those that led to it, in one piece."""
    told = TracebackException.from_exception(error)
    _trim(told)
    print("".join(told.format()), end="", file=sys.stderr)


def _trim(told: TracebackException | None) -> None:
    """Take away the frames between the host and the user's code."""
    while told is not None:
        while len(told.stack) > 1 and told.stack[0].filename.startswith(_OWN):
            del told.stack[0]
        told = told.__cause__ or told.__context__
