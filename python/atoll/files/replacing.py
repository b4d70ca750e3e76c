"""Puts a file in the place of another in one step.

Whoever reads meanwhile has the old one or the new one, whole, and so has whoever comes after this process was killed.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

# A name has up to 255 bytes, and may have four of them in a character.
_LONGEST_NAME = 50


def replace(
    file: Path, content: bytes, *, mode: int | None = None, lasting: bool = False, aside: Path | None = None
) -> None:
    """Have a file of these bytes. Raises OSError, and then everything is as it was.

    mode: its permissions, whatever the umask; by default those of the file that is there, else 0o644. lasting: it is on
    the disk when this returns, so that a power cut leaves one of both, too. aside: the folder on the same file system
    in which it is written first; by default its own, under a hidden name that no pattern for its kind matches.
    """
    import tempfile  # many more read than write, and it starts slowly

    mode = _mode(file) if mode is None else mode
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name[:_LONGEST_NAME]}.", dir=aside or file.parent)
    try:
        with open(descriptor, "wb") as new:
            new.write(content)
            new.flush()
            os.fchmod(descriptor, mode)
            if lasting:
                os.fsync(descriptor)
        os.replace(name, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    if lasting:
        _settle(file.parent)


def _settle(folder: Path) -> None:
    """The name is as lasting as the bytes, where the file system lets one say so."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _mode(file: Path) -> int:
    try:
        return stat.S_IMODE(file.stat().st_mode)
    except OSError:
        return 0o644
