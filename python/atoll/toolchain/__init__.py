"""What builds components: one private place, shared by all projects, that holds pinned toolchains.

`$ATOLL_TOOLCHAINS`, else `atoll/toolchains` of the user's data folder. Its `bin` has one command a tool; nothing else
of the machine is changed. Importing this loads nothing, so a build that has nothing to do stays quick.
"""

import os
import re
import shlex
import shutil
from pathlib import Path

__all__ = ("bin_folder", "home", "installed", "missing", "programs", "providing", "search_path", "wit")

_ASSIGNMENT = re.compile(r"\w+=")
_PUNCTUATION = "();<>|&\n"


def home() -> Path:
    """The folder that holds the toolchains; it need not be there."""
    chosen = os.environ.get("ATOLL_TOOLCHAINS")
    if chosen:
        return Path(chosen).absolute()
    # A relative folder is to be ignored, says the XDG specification.
    data = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (data if data.is_absolute() else Path.home() / ".local" / "share") / "atoll" / "toolchains"


def bin_folder() -> Path:
    """The folder of the toolchains' commands."""
    return home() / "bin"


def search_path() -> str:
    """What `PATH` is for commands that build: the toolchains' commands, then those of the environment."""
    return os.pathsep.join([str(bin_folder()), os.environ.get("PATH", os.defpath)])


def missing(program: str) -> bool:
    """Whether a build command that begins with this program would not be found."""
    return shutil.which(program, path=search_path()) is None


def programs(command: str) -> list[str]:
    """The programs that a shell's command begins, as far as they can be told without running it."""
    words = shlex.shlex(command, posix=True, punctuation_chars=_PUNCTUATION)
    words.whitespace_split, words.whitespace, words.commenters = True, " \t\r", ""
    found, is_first = list[str](), True
    try:
        for word in words:
            if set(word) <= set(_PUNCTUATION):
                # What follows a redirection is a file.
                is_first = not set(word) & set("<>") and not word.endswith(")")
            elif is_first and not _ASSIGNMENT.match(word):
                found.append(word)
                is_first = False
    except ValueError:
        pass
    return found


def providing(program: str) -> str | None:
    """The name of the toolchain that brings a program, such as `c` for `zig`; None where none does."""
    from atoll.toolchain.known import TOOLCHAINS

    return next((known.name for known in TOOLCHAINS.values() if program in known.programs), None)


def installed(name: str) -> bool:
    """Whether everything of a toolchain is there, in the versions that are pinned.

    Aliases such as `js` are understood. Raises UserError `toolchain-unknown`.
    """
    from atoll.toolchain.installing import is_installed

    return is_installed(name)


def wit() -> Path:
    """The folder of the WIT packages that components are built against."""
    return Path(__file__).parent / "wit"
