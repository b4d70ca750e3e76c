"""Files that are not objects yet."""

import fcntl
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from atoll.capabilities.blobstore.provider import Other

_YOUNG = 60
"""Seconds in which a file may not be locked yet by the process that makes it."""

_CHUNK = 1 << 26


class FileUpload:
    """One file, locked while its process lives; `put` moves it to where it belongs."""

    def __init__(self, folder: Path, put: Callable[[str], None], *, lasting: bool) -> None:
        self._put = put
        self._lasting = lasting
        self._busy = Lock()
        self._is_over = False
        self._file, self._path = tempfile.mkstemp(dir=folder)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def write(self, portion: bytes) -> None:
        """Append to the file."""
        self._do(lambda: _write(self._file, portion))

    def fill(self, source: int) -> None:
        """Append what is in an open file."""
        self._do(lambda: _copy(source, self._file))

    def finish(self) -> None:
        """Write the file to the disk and move it into place."""
        self._do(self._settle)

    def close(self) -> None:
        """Remove what was not finished; whoever is busy with the file does it afterwards."""
        self._is_over = True
        if self._busy.acquire(blocking=False):
            try:
                self._remove()
            finally:
                self._busy.release()

    def _do(self, what: Callable[[], None]) -> None:
        try:
            with self._busy:
                if self._is_over:
                    raise Other("the upload has ended")
                what()
        except OSError as error:
            raise Other(f"the object cannot be written: {os.strerror(error.errno or 0)}") from error
        finally:
            if self._is_over:
                self.close()

    def _settle(self) -> None:
        os.fchmod(self._file, 0o644)
        if self._lasting:
            os.fdatasync(self._file)
        self._put(self._path)
        self._path = ""

    def _remove(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)
        if self._path:
            with suppress(FileNotFoundError):
                os.unlink(self._path)


def sweep(folder: Path) -> None:
    """Remove what processes left that were killed: no living one holds its lock."""
    for path in folder.iterdir():
        with suppress(OSError):
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - os.fstat(file).st_mtime > _YOUNG:
                    path.unlink()
            finally:
                os.close(file)


def _write(file: int, portion: bytes) -> None:
    left = memoryview(portion)
    while left:
        left = left[os.write(file, left) :]


def _copy(source: int, destination: int) -> None:
    position = 0
    while copied := os.sendfile(destination, source, position, _CHUNK):
        position += copied
