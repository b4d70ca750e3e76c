"""The heap as requests find it: each of them begins with this very picture, so what is tidy here is quick a million times.

A sandbox copies the pages of the picture that it writes to. Objects that are used together should lie together, and nobody
should look at all of them.
"""

from __future__ import annotations

import gc

__all__ = ("plug", "settle")

_LARGEST = 1 << 20
_SMALLEST = 16
_DEFAULT = 2000
_COLLECT_AFTER = 10_000

_plugs: list[bytes] = []


def plug() -> None:
    """Fill the holes in memory, for good, with zeros: what comes next lies together, behind them.

    Compilers leave many, of which no request has any use. Zeros take no room in a component, and memory that nobody writes to
    takes none in a sandbox.
    """
    gc.collect()
    # Memory beyond this was never used.
    top = id(bytes(_LARGEST * 4))
    size = _LARGEST
    while size >= _SMALLEST:
        while True:
            piece = bytes(size)
            if id(piece) >= top:
                break
            _plugs.append(piece)
        size = size * 3 // 4


def settle() -> None:
    """Let a request run without a collection of garbage: it would write to every object, and take longer than the request."""
    plug()
    if gc.get_threshold()[0] == _DEFAULT:
        gc.set_threshold(_COLLECT_AFTER)
    gc.freeze()
