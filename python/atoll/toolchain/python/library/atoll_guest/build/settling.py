"""The heap as requests find it: each of them begins with this very picture, so what is tidy here is quick a million times."""

from __future__ import annotations

import gc

__all__ = ("plug", "settle")

_LARGEST = 1 << 20
_SMALLEST = 16
_DEFAULT = 2000
_COLLECT_AFTER = 10_000


def settle() -> None:
    """Collect garbage, wipe what is free, and let a request run without a collection.

    A collection looks at every object and so writes to every page of the picture, of which each request has its own copy: it
    would take longer than most requests do.
    """
    global KEPT
    KEPT = plug()
    if gc.get_threshold()[0] == _DEFAULT:
        gc.set_threshold(_COLLECT_AFTER)
    gc.freeze()


def plug() -> list[bytes]:
    """Take all free memory in zeroed pieces, the largest first; who lets go of them gives it back.

    Zeros take no room in a component.
    """
    gc.collect()
    # Zeroed memory beyond this was never used.
    top = id(bytes(_LARGEST * 4))
    taken: list[bytes] = []
    size = _LARGEST
    while size >= _SMALLEST:
        while True:
            piece = bytes(size)
            if id(piece) >= top:
                break
            taken.append(piece)
        size = size * 3 // 4
    return taken
