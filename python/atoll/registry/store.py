"""Blobs that are on this machine, each under its digest.

What stands under a digest has had that digest when it was put there: it is written beside its name and renamed.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from atoll.cache import CacheFolders, used
from atoll.errors import UserError

_CHUNK_BYTES = 1 << 20


class Store:
    """The blobs below one folder: wasm files, and everything else."""

    def __init__(self, cache_directory: Path) -> None:
        at = CacheFolders(cache_directory)
        self.wasm, self.data, self.apps, self.signatures = at.wasm, at.data, at.apps, at.signatures

    def find(self, digest: str) -> Path | None:
        """The file with that digest, if there is one."""
        for folder in (self.wasm, self.data):
            if (folder / digest).is_file():
                used(folder / digest)
                return folder / digest
        return None

    def keep(self, digest: str, content: bytes) -> Path:
        """Put bytes under their digest, which the caller has compared. Raises UserError `download-failed`."""
        with self.receiving(digest, wasm=False) as partial:
            if partial is not None:
                partial.restart()
                partial.write(content)
                partial.finish()
        return self.data / digest

    @contextmanager
    def receiving(self, digest: str, *, wasm: bool) -> Iterator["Partial | None"]:
        """What has arrived of a blob so far, to be completed; None if it is there after all.

        Of several who want the same blob one receives it, and the others wait for that one.
        """
        final = (self.wasm if wasm else self.data) / digest
        with _locked(final.with_name(f".{digest}.partial")) as file:
            if final.is_file():
                final.with_name(f".{digest}.partial").unlink(missing_ok=True)
                yield None
            else:
                partial = Partial(file, final)
                try:
                    yield partial
                finally:
                    if partial.size == 0:
                        partial.discard()


class Partial:
    """A blob that is arriving. It keeps what it has when its writer is interrupted."""

    def __init__(self, file: BinaryIO, final: Path) -> None:
        self._file = file
        self._final = final
        self._temporary = final.with_name(f".{final.name}.partial")
        self._hash = hashlib.new(final.name.partition(":")[0])
        self.size = 0

    def resume(self) -> int:
        """Take up what an earlier writer has left; how many bytes that is."""
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK_BYTES):
            self._hash.update(chunk)
            self.size += len(chunk)
        return self.size

    def restart(self) -> None:
        """Forget all that has arrived."""
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.new(self._hash.name)
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Add bytes. Raises UserError `download-failed` if there is no room for them."""
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _unwritable(self._final.parent, error) from None
        self._hash.update(chunk)
        self.size += len(chunk)

    @property
    def digest(self) -> str:
        """That of what has arrived."""
        return f"{self._hash.name}:{self._hash.hexdigest()}"

    def finish(self) -> Path:
        """Give the file its name. The caller has compared the digest."""
        try:
            self._file.flush()
            self._temporary.replace(self._final)
        except OSError as error:
            raise _unwritable(self._final.parent, error) from None
        return self._final

    def discard(self) -> None:
        """Remove what has arrived: it is not what was asked for."""
        self._temporary.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """The file of that name, once nobody else has it."""
    while True:
        with os.fdopen(_open(path), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Whoever had it may have renamed or removed it.
            if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                yield file
                return
            if path.with_name(path.name.removeprefix(".").removesuffix(".partial")).is_file():
                yield file
                return


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unwritable(path.parent, error) from None


def _unwritable(folder: Path, error: OSError) -> UserError:
    return UserError(
        "download-failed",
        f"the cache {folder} cannot be written: {error.strerror}",
        "make room, or name another folder with --cache-dir or XDG_CACHE_HOME",
    )
