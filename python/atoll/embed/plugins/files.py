"""Files that others write while they are read: whole or not at all.

A folder of plugins may be a stranger's, so nothing in it makes its reader wait, or fills its memory.
"""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from atoll.errors import UserError

MOST = 256 << 20
"""Bytes that a plugin's file may have."""


class Stamp(NamedTuple):
    """By what a change of a file is known without reading it."""

    device: int
    inode: int
    size: int
    modified_ns: int


def stamp(file: Path) -> Stamp | None:
    """That of a file; None where it cannot be had."""
    try:
        about = file.stat()
    except OSError:
        return None
    return _stamp(about)


def read(file: Path, within: Path | None = None) -> bytes:
    """All of a file. Raises UserError `guest-unreadable`, also for one that was written meanwhile.

    within: a folder that no link leads out of. What is read may be quoted in an error.
    """
    try:
        # A pipe without a writer would keep its reader.
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as opened:
            before = os.fstat(handle)
            if not stat.S_ISREG(before.st_mode):
                raise _unreadable(file, "it is no file")
            if within is not None and not Path(f"/proc/self/fd/{handle}").resolve().is_relative_to(within.resolve()):
                raise _unreadable(file, f"it is a link that leads out of `{within}`")
            if before.st_size > MOST:
                raise _unreadable(file, f"it has {before.st_size} bytes; a plugin may have {MOST}")
            content = opened.read(before.st_size + 1)
            after = os.fstat(handle)
    except OSError as error:
        raise _unreadable(file, str(error.strerror or error)) from None
    if _stamp(before) != _stamp(after) or len(content) != after.st_size:
        raise _unreadable(file, "it was written meanwhile")
    return content


def _stamp(about: os.stat_result) -> Stamp:
    return Stamp(about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)


def _unreadable(file: Path, why: str) -> UserError:
    return UserError(
        "guest-unreadable", f"`{file}` cannot be read: {why}", "put a whole file in its place, by renaming it"
    )
