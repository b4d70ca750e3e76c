"""Who uses what of the cache: when something was last used is its time of change, and a shared lock holds it now.

The system lets go of a lock whenever and however a process ends, so what a server held is never held for ever.
"""

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# How exactly the last use is known, in seconds; the data plane has the same for what it writes.
_EXACT = 3600


def used(path: Path) -> None:
    """Note that a file was used now. A cache that cannot be written to is a cache still."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > _EXACT:
            os.utime(path)


class Held:
    """Files and folders that stay where they are until they are let go, or until the process ends."""

    def __init__(self, descriptors: list[int], missing: list[Path]) -> None:
        self._descriptors = descriptors
        self.missing = missing
        """Those that were gone before they could be held."""

    def close(self) -> None:
        """Let them go. May be called twice."""
        while self._descriptors:
            os.close(self._descriptors.pop())


def hold(paths: Iterable[Path]) -> Held:
    """Keep `atoll cache` from removing these. What cannot be opened or locked is not held, and used all the same."""
    held, missing = list[int](), list[Path]()
    for path in dict.fromkeys(paths):
        used(path)
        try:
            descriptor = _opened(path)
        except FileNotFoundError:
            missing.append(path)
            continue
        except OSError:
            continue
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        held.append(descriptor)
        if not _is_still(path, descriptor):
            missing.append(path)
    return Held(held, missing)


@contextmanager
def alone(path: Path | None) -> Iterator[bool]:
    """Whether nobody holds a file; while the block runs, nobody can. None stands for what nobody ever holds."""
    try:
        descriptor = None if path is None else _opened(path)
    except OSError:
        # It is gone, or nobody could have opened it.
        descriptor = None
    if descriptor is None:
        yield True
        return
    try:
        yield _is_free(descriptor)
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: nobody could say that it is in use.
        return True
    return True


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
