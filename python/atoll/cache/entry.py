"""One thing of the cache, which is there as a whole or goes as a whole."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from atoll.cache.using import alone

_GONE = ".gone-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file with what belongs to it, or a folder.

    paths: what goes, the first one first. used: when it was used last, in seconds since the epoch. lock: the file that
    is locked while somebody uses the entry. size: bytes that are free once it is gone. unfinished: its maker has no
    lock, and may be at it still. name, needs: it stays as long as an entry that stays needs its name.
    """

    paths: tuple[Path, ...]
    used: float
    size: int
    lock: Path | None = None
    unfinished: bool = False
    name: str = ""
    needs: frozenset[str] = frozenset()

    def is_in_use(self) -> bool:
        """Whether somebody holds it now."""
        with alone(self.lock) as is_free:
            return not is_free

    def remove(self) -> bool:
        """Remove it unless somebody holds it; whether it is gone. Raises OSError."""
        with alone(self.lock) as is_free:
            if is_free:
                for path in self.paths:
                    _remove(path)
            return is_free


def files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder, if there is one; links are nobody's. Raises OSError where it cannot be read."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        yield from (entry for entry in found if not entry.is_symlink())


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes that nothing else shares, and the last change of anything in it (`changed`: also of its name or mode)."""

    size: int
    written: float
    changed: float


def measured(path: Path) -> Measured:
    """A file, or a folder with all that is in it; nothing of what goes meanwhile."""
    found = list(_stats(path))
    size = sum(each.st_size for each in found if stat.S_ISREG(each.st_mode) and each.st_nlink == 1)
    written = max((each.st_mtime for each in found), default=0.0)
    return Measured(size, written, max((each.st_ctime for each in found), default=0.0))


def _stats(path: Path) -> Iterator[os.stat_result]:
    with suppress(OSError):
        yield path.lstat()
    for base, folders, names in os.walk(path):
        for name in [*folders, *names]:
            with suppress(OSError):
                yield os.lstat(os.path.join(base, name))


def _remove(path: Path) -> None:
    """A folder loses its name first: nobody sees half of it."""
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    if not path.name.startswith(_GONE):
        aside = Path(tempfile.mkdtemp(prefix=_GONE, dir=path.parent))
        path = path.rename(aside / path.name).parent
    shutil.rmtree(path)
