"""The folder that holds the toolchains: whose turn it is to change it, and which parts lie in it.

A part is made in a folder of its own, below `parts`; the link of the part's name says which folder counts. A link is
exchanged in one step, so what is half made never counts, and is removed by the next who installs.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from atoll.errors import UserError
from atoll.files import replace
from atoll.toolchain import home

_CACHE = "-cache"


@dataclass(frozen=True, slots=True)
class Place:
    """The toolchains' folder."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The folder of the commands."""
        return self.folder / "bin"

    @property
    def lock(self) -> Path:
        """The file that is locked by whoever changes the place."""
        return self.folder / "lock"

    @property
    def _parts(self) -> Path:
        return self.folder / "parts"

    def part(self, name: str) -> Path | None:
        """The folder of a part that was made; None where it was not, or is gone."""
        try:
            found = self.folder / os.readlink(self.folder / name)
        except OSError:
            return None
        return found if found.is_dir() else None

    @contextmanager
    def alone(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Nobody else changes the place meanwhile; `waiting` is called where somebody does now. Raises UserError."""
        with writing(self.folder):
            self._parts.mkdir(parents=True, exist_ok=True)
            self.bin.mkdir(exist_ok=True)
            lock = os.open(self.lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def put(self, name: str, digest: str, make: Callable[[Path], None]) -> None:
        """Make a part and put it in the place of the last one of its name. Raises UserError."""
        with writing(self.folder):
            link = self.folder / name
            if link.exists() and not link.is_symlink():
                raise UserError(
                    "toolchain-place-unusable",
                    f"`{link}` is not of these toolchains",
                    "remove it, or choose another folder with ATOLL_TOOLCHAINS",
                )
            new = Path(tempfile.mkdtemp(prefix=f"{name}-{digest}-", dir=self._parts))
            new.chmod(0o755)
            make(new)
            aside = new.with_name(f"{new.name}.link")
            aside.symlink_to(new.relative_to(self.folder))
            os.replace(aside, link)

    def drop(self, names: Iterable[str]) -> None:
        """Have no parts of these names any more, nor what was kept for them. Raises UserError."""
        with writing(self.folder):
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
                _remove(self.cache(name))

    def cache(self, name: str) -> Path:
        """Where commands keep what makes a part quick the second time."""
        return self.folder / f"{name}{_CACHE}"

    def caches(self) -> list[Path]:
        """All such folders that are there. Raises OSError."""
        return sorted(path for path in self.folder.glob(f"*{_CACHE}") if path.is_dir() and not path.is_symlink())

    def text(self, command: str) -> str | None:
        """What a command says; None where it is not there."""
        try:
            return (self.bin / command).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def has(self, command: str) -> bool:
        """Whether a command is there."""
        return (self.bin / command).is_file()

    def write(self, command: str, text: str) -> None:
        """Have a command of this text. Raises UserError."""
        if self.text(command) == text:
            return
        with writing(self.folder):
            # What is left of a write that was broken off is swept with the parts.
            replace(self.bin / command, text.encode(), mode=0o755, aside=self._parts)

    def remove(self, commands: Iterable[str]) -> None:
        """Have these commands no more. Raises UserError."""
        with writing(self.folder):
            for command in commands:
                (self.bin / command).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what no link leads to: former parts, and those that were never finished."""
        with writing(self.folder):
            for path in self.leftovers():
                _remove(path)

    def leftovers(self) -> list[Path]:
        """What no link leads to. Raises OSError."""
        if not self._parts.is_dir():
            return []
        kept = {os.readlink(entry) for entry in os.scandir(self.folder) if entry.is_symlink()}
        return [Path(entry.path) for entry in os.scandir(self._parts) if f"parts/{entry.name}" not in kept]


def here() -> Place:
    """The place that the environment chooses."""
    return Place(home())


def _remove(path: Path) -> None:
    """As far as it can be: a client that was left behind may still write to it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What the file system refuses is the user's to mend."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sentence, hint = f"toolchains cannot be kept in `{folder}`: the disk is full", "make room"
        else:
            sentence = f"toolchains cannot be kept in `{folder}`: {error.strerror or error}"
            hint = "let the folder be written to"
        raise UserError(
            "toolchain-place-unusable", sentence, f"{hint}, or choose another one with ATOLL_TOOLCHAINS"
        ) from None
