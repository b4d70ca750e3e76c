"""Folders that go with the process that made them.

A server that ends by a signal runs nothing at its end, so what it leaves is taken away by the next one. A lock says
whose folder is still in use: the system lets go of it whenever and however a process ends, its forks included.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_PREFIX = "atoll-inside-"
_LOCK = "in-use"
_ATTEMPTS = 10


class Scratch:
    """A folder for this process alone, in `where` or the system's own place. Raises OSError if none can be made."""

    def __init__(self, where: Path | None = None) -> None:
        place = Path(tempfile.gettempdir()) if where is None else where
        _sweep(place)
        for _ in range(_ATTEMPTS):
            self._root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
            if (lock := _locked(self._root, os.O_CREAT)) is not None:
                break
        else:
            raise OSError(f"no folder can be kept in {place}")
        self._lock = lock
        self.folder = self._root / "kept"
        self.folder.mkdir()

    def close(self) -> None:
        """Take it away, with all that is in it."""
        shutil.rmtree(self._root, ignore_errors=True)
        os.close(self._lock)


def memory_place() -> Path | None:
    """Where folders are kept in memory; None where the system has no place for that."""
    shared = Path("/dev/shm")
    return shared if os.access(shared, os.W_OK) else None


def _sweep(place: Path) -> None:
    """Take away the folders of this user whose processes have ended."""
    for root in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if root.is_symlink() or root.stat().st_uid != os.geteuid():
                continue
            if (lock := _locked(root)) is not None:
                shutil.rmtree(root, ignore_errors=True)
                os.close(lock)


def _locked(root: Path, flags: int = 0) -> int | None:
    """The lock of a folder, if nobody has it and the folder is still there."""
    try:
        lock = os.open(root / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it a moment ago may have taken the folder away.
        if os.path.samestat(os.fstat(lock), (root / _LOCK).stat()):
            return lock
    except OSError:
        pass
    os.close(lock)
    return None
