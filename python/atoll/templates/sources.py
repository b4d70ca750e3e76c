"""Where templates come from: a folder, an archive, a git repository. What is not a folder becomes one for a while.

Archives are strangers': what they unpack to is bounded in bytes and files, and nothing of them lands elsewhere.
"""

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import IO, BinaryIO, cast

from atoll.errors import UserError
from atoll.templates.description import FILE

MAX_BYTES = 256 << 20
MAX_MEMBERS = 50_000
_FOLDER = "templates"
_COMPRESSED: dict[bytes, Callable[[BinaryIO], BufferedIOBase]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZ": bz2.BZ2File,
    b"\xfd7": lzma.LZMAFile,
}


@contextmanager
def unpacked(archive: Path) -> Iterator[Path]:
    """The folder that a tar archive unpacks to, compressed or not. Raises UserError `template-source-invalid`."""
    with tempfile.TemporaryDirectory(prefix="atoll-") as name:
        folder = Path(name)
        try:
            with archive.open("rb") as file:
                _unpack(file, folder)
        except (OSError, EOFError, tarfile.TarError, lzma.LZMAError, ValueError) as error:
            what = (error.strerror or "").lower() if isinstance(error, OSError) and error.strerror else str(error)
            raise UserError(
                "template-source-invalid", f"{archive} cannot be unpacked: {what}", "name a tar archive"
            ) from None
        yield _below_single(folder)


@contextmanager
def cloned(url: str, branch: str | None) -> Iterator[Path]:
    """A git repository's newest commit, or that of a branch or tag. Raises UserError `template-source-invalid`."""
    with tempfile.TemporaryDirectory(prefix="atoll-") as name:
        folder = Path(name, "repository")
        chosen = ["--branch", branch] if branch is not None else []
        command = ["git", "clone", "--quiet", "--depth", "1", *chosen, "--", url, str(folder)]
        # Where nobody can answer, git must not wait for a password.
        environment = {**os.environ, "GIT_TERMINAL_PROMPT": "1" if sys.stdin.isatty() else "0"}
        try:
            ended = subprocess.run(command, env=environment, capture_output=True, check=False)
        except OSError:
            raise UserError(
                "template-source-invalid", "git is not installed", "install it, or download an archive: --tar FILE"
            ) from None
        if ended.returncode:
            said = ended.stderr.decode("utf-8", "replace").strip()
            raise UserError("template-source-invalid", f"git cannot clone {url}: {said}")
        yield folder


def template_folders(folder: Path, shown: str) -> list[Path]:
    """The templates of a folder: itself, or those in its `templates`. Raises UserError `template-source-invalid`."""
    if (folder / FILE).is_file():
        return [folder]
    below = folder / _FOLDER
    found = sorted(one for one in below.iterdir() if one.is_dir()) if below.is_dir() else []
    found = [one for one in found if (one / "metadata").is_dir()]
    if not found:
        raise UserError(
            "template-source-invalid",
            f"{shown} holds no templates",
            f"templates lie in a folder `{_FOLDER}`, each with its {FILE}",
        )
    return found


class _Bounded:
    """The bytes of an archive, up to a limit: a small file can unpack to a large one, in its headers as well."""

    def __init__(self, file: BinaryIO | BufferedIOBase) -> None:
        self._file = file
        self._left = MAX_BYTES

    def read(self, size: int) -> bytes:
        """As files do."""
        if size > self._left:
            raise ValueError(f"it unpacks to more than {MAX_BYTES >> 20} MiB")
        data = self._file.read(size)
        self._left -= len(data)
        return data


def _unpack(file: BinaryIO, folder: Path) -> None:
    magic = file.read(2)
    file.seek(0)
    opened = _COMPRESSED[magic](file) if magic in _COMPRESSED else file
    with tarfile.open(fileobj=cast("IO[bytes]", _Bounded(opened)), mode="r|") as archive:
        for number, member in enumerate(archive):
            if number >= MAX_MEMBERS:
                raise ValueError(f"it holds more than {MAX_MEMBERS} files")
            if member.size > MAX_BYTES:
                raise ValueError(f"it unpacks to more than {MAX_BYTES >> 20} MiB")
            archive.extract(member, folder, filter="data")


def _below_single(folder: Path) -> Path:
    """Archives of a repository have one folder around everything."""
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() and inside[0].name != _FOLDER else folder
