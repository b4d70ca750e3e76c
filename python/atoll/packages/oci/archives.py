"""Tar archives from strangers: files are taken out by their digests and never by their names.

An archive is read once, front to back. How much it may hold is bounded before it is decompressed, and so is each
header in it; links, devices and sparse files are nothing that a guest's files need.
"""

import gzip
import hashlib
import io
import sys
import tarfile
import tempfile
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from atoll.errors import UserError
from atoll.packages.oci.media import Packing
from atoll.registry.documents import MAX_BLOB_BYTES, MAX_TOTAL_BYTES, artifact_invalid

MAX_MEMBERS = 200_000
_MAX_HEADER_BYTES = 1 << 20
_MAX_NAME = 4096
_MAX_DEPTH = 128
_CHUNK_BYTES = 1 << 20
# Of what a zstd archive may refer back to, which is held while it is read: 128 MiB, what the highest level asks for.
_MAX_WINDOW_LOG = 27


class _Refused(Exception):
    """What an archive must not hold."""


class _TarInfo(tarfile.TarInfo):
    """A header whose extensions (long names, PAX) are of a size that names have."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        is_extension = self.type not in (*tarfile.REGULAR_TYPES, *_PLAIN_TYPES)
        if is_extension and self.size > _MAX_HEADER_BYTES:
            raise _Refused(f"a header of {self.size} bytes")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]  # Python's own hook for subclasses


_PLAIN_TYPES = (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE)


class _Bounded(io.RawIOBase):
    """Decompressed bytes, and not more of them than any archive may hold."""

    def __init__(self, file: Any, most: int) -> None:
        self._file = file
        self._left = most
        self._most = most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most that many bytes."""
        chunk: bytes = self._file.read(size if 0 <= size < _CHUNK_BYTES else _CHUNK_BYTES)
        self._left -= len(chunk)
        if self._left < 0:
            raise _Refused(f"more than {self._most} bytes")
        return chunk


def pack(base: Path, folder: Path) -> Path:
    """A gzipped archive of all files below a folder, in `folder`. The same files make the same bytes."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".tar.gz", delete=False) as file:
        with (
            gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0, filename="") as zipped,
            tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted(path for path in base.rglob("*") if path.is_file()):
                info = tarfile.TarInfo(path.relative_to(base).as_posix())
                info.size, info.mode = path.stat().st_size, 0o644
                with path.open("rb") as content:
                    archive.addfile(info, content)
        return Path(file.name)


@contextmanager
def opened(path: Path, packing: Packing, *, name: str, most: int = MAX_TOTAL_BYTES) -> Iterator[tarfile.TarFile]:
    """The archive in a file, to be read once. Raises UserError `artifact-invalid` for anything that is wrong with it.

    Errors of the block that come from the archive count as its own.
    """
    try:
        with (
            path.open("rb") as file,
            _plain(file, packing) as plain,
            tarfile.open(fileobj=_Bounded(plain, most), mode="r|", tarinfo=_TarInfo) as archive,
        ):
            yield archive
    except _Refused as error:
        raise artifact_invalid(name, f"its archive holds {error}") from None
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, ValueError, OverflowError) as error:
        raise artifact_invalid(name, f"its archive cannot be read: {error}") from None
    except OSError as error:
        raise UserError("download-failed", f"{path} cannot be read: {error.strerror or error}") from None


@contextmanager
def _plain(file: IO[bytes], packing: Packing) -> Iterator[Any]:
    """The file's bytes, decompressed as they are read. Errors of the block that come from zstd are ValueErrors."""
    if packing == "none":
        yield file
    elif packing == "gzip":
        with gzip.GzipFile(fileobj=file) as plain:
            yield plain
    else:
        zstd = _zstd()
        options = {zstd.DecompressionParameter.window_log_max: _MAX_WINDOW_LOG}
        try:
            with zstd.ZstdFile(file, options=options) as plain:
                yield plain
        except zstd.ZstdError as error:
            raise ValueError(str(error)) from None


def _zstd() -> Any:
    """The standard library's module, which few archives need."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


def members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members, one after the other; not more of them, and none larger, than there may be."""
    for count, member in enumerate(archive, start=1):
        if count > MAX_MEMBERS:
            raise _Refused(f"more than {MAX_MEMBERS} files")
        if member.issparse():
            raise _Refused(f'a sparse file, "{member.name}"')
        if len(member.name) > _MAX_NAME or member.name.count("/") > _MAX_DEPTH:
            raise _Refused(f'a name of {len(member.name)} characters, "{member.name[:80]}…"')
        if member.size > MAX_BLOB_BYTES:
            raise _Refused(f'a file of {member.size} bytes, "{member.name}"')
        yield member
        archive.members = []  # type: ignore[attr-defined]  # it keeps them all, and nobody asks for them again


def keep(
    archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, wanted: Container[str | None] | None = None
) -> str:
    """Put the file of a member into a folder of blobs, under its digest, unless others are wanted; that digest."""
    content = archive.extractfile(member)
    if content is None:
        raise _Refused(f'a file without content, "{member.name}"')
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".unpacked-", delete=False) as file:
        temporary = Path(file.name)
        try:
            digest = _copied(content, file)
            if wanted is None or digest in wanted:
                temporary.replace(folder / digest)
        finally:
            temporary.unlink(missing_ok=True)
    return digest


def _copied(content: IO[bytes], file: Any) -> str:
    found = hashlib.sha256()
    while chunk := content.read(_CHUNK_BYTES):
        found.update(chunk)
        file.write(chunk)
    return f"sha256:{found.hexdigest()}"
