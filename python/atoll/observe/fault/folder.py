"""The files of one folder of sources, found by the names that compilers and runtimes give them.

Who names a file may be a stranger: found are only regular files of source code below the folder, never hidden ones.
A name that two files have alike finds none of them.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath

# The ends of source files' names, as a regular expression.
LANGUAGES = "as|c|cc|cjs|cpp|cts|cxx|go|h|hh|hpp|js|jsx|kt|mjs|moon|mts|nim|odin|py|rs|swift|ts|tsx|zig"
SCRIPTS = frozenset((".cjs", ".js", ".mjs"))
_SUFFIXES = frozenset(f".{name}" for name in LANGUAGES.split("|"))
_VENDORED = frozenset(("node_modules", "site-packages", "dist-packages", "target", "vendor", "venv", "__pycache__"))
_MOST_FILES = 20_000
_LONGEST_NAME = 1_024
# Where compilers have their own sources, on whatever machine that was.
_FOREIGN = re.compile(
    r"^/(?:bundled|nix|python|rustc|world|usr/(?:include|lib|local|share|src/rustc[^/]*))/"
    r"|/(?:\.cargo|\.rustup|rustlib|go/pkg|zig/lib|wasi-libc)/"
)
# The folder that componentize-py makes of each search path.
_OF_COMPONENTIZE_PY = re.compile(r"^/\d+/(?=.*\.py$)")
_SCHEME = re.compile(r"^(?:file://|[a-z][a-z0-9+.-]+://[^/]*/)")
_MODULE = re.compile(r"^module[ \t]+(\S+)", re.MULTILINE)


Fits = Callable[[Path], bool]


class Folder:
    """A folder of sources; its path is absolute and without links. Unless it is `deep`, nobody looks around in it."""

    def __init__(self, root: Path, deep: bool) -> None:
        self.root = root
        self._deep = deep

    def find(self, name: str, fits: Fits) -> Path | None:
        """The file that the name means and that fits, resolved; None where there is none that is this folder's."""
        name = _OF_COMPONENTIZE_PY.sub("", _SCHEME.sub("", name.replace("\\", "/")))
        if len(name) > _LONGEST_NAME or "\0" in name or PurePosixPath(name).suffix not in _SUFFIXES:
            return None
        name = os.path.normpath(name)
        parts = tuple(part for part in name.split("/") if part not in ("", ".."))
        return self._of_machine(name, parts, fits) if name.startswith("/") else self._of_project(parts, fits)

    def is_own(self, file: Path) -> bool:
        """Whether the folder's author wrote this file below it, as far as its path tells."""
        return not _VENDORED.intersection(file.relative_to(self.root).parts)

    def _holds(self, file: Path) -> bool:
        if file.suffix not in _SUFFIXES or not file.is_relative_to(self.root):
            return False
        return not any(part.startswith(".") for part in file.relative_to(self.root).parts)

    def _of_machine(self, name: str, parts: tuple[str, ...], fits: Fits) -> Path | None:
        """The file of an absolute path: of this machine, or of another one whose folders ended alike."""
        here = self._resolved(Path(name), fits)
        if here is not None or os.path.lexists(name) or _FOREIGN.search(name):
            return here
        # What lies in a library's folder there lies in one here.
        most = max((at for at, part in enumerate(parts) if part in _VENDORED), default=len(parts) - 1)
        ends = (self._resolved(self.root.joinpath(*parts[cut:]), fits) for cut in range(most + 1))
        return next(filter(None, ends), None)

    def _of_project(self, parts: tuple[str, ...], fits: Fits) -> Path | None:
        """The file of a relative path: relative to this folder or to one above or below it, or to a Go module."""
        own = self.root.parts
        above = (parts[shared:] for shared in range(len(parts)) if own[len(own) - shared :] == parts[:shared])
        if found := next(filter(None, (self._resolved(self.root.joinpath(*rest), fits) for rest in above)), None):
            return found
        below = [file for file in self._index.get(parts[-1], ()) if file.parts[-len(parts) :] == parts]
        below += self._of_modules("/".join(parts))
        files = {file for path in below if (file := self._resolved(self.root / path, fits)) is not None}
        # Of scripts that share a name, the one that was made from another has run.
        ranked = sorted((not _has_map(file), len(file.parts), file) for file in files)
        is_clear = len(ranked) == 1 or (len(ranked) > 1 and ranked[0][:2] < ranked[1][:2])
        return ranked[0][2] if is_clear else None

    def _of_modules(self, name: str) -> list[Path]:
        found: list[Path] = []
        for file in self._index.get("go.mod", ()) if name.endswith(".go") else ():
            module = _MODULE.search(read(self.root / file, 64 << 10) or "")
            if module is not None and name.startswith(f"{module[1]}/"):
                found.append(file.parent / name.removeprefix(f"{module[1]}/"))
        return found

    def _resolved(self, path: Path, fits: Fits) -> Path | None:
        try:
            real = path.resolve(strict=True)
            return real if self._holds(real) and fits(real) else None
        except (OSError, RuntimeError, ValueError):
            return None

    @cached_property
    def _index(self) -> dict[str, list[Path]]:
        """Source files by their last names, as paths below the folder."""
        found: dict[str, list[Path]] = {}
        for file in islice(self._walk(), _MOST_FILES):
            if file.suffix in _SUFFIXES or file.name == "go.mod":
                found.setdefault(file.name, []).append(file)
        return found

    def _walk(self) -> Iterator[Path]:
        for place, folders, files in os.walk(self.root):
            names = sorted(folders) if self._deep else ()
            folders[:] = (name for name in names if name not in _VENDORED and not name.startswith("."))
            below = Path(place).relative_to(self.root)
            yield from (below / name for name in sorted(files))


def read(file: Path, most: int) -> str | None:
    """The text of a regular file of fewer bytes than that; None if it is no such file, or no text."""
    try:
        # A pipe in place of a file must not make its reader wait.
        with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            content = opened.read(most) if stat.S_ISREG(os.fstat(opened.fileno()).st_mode) else b"\0"
        return content.decode() if len(content) < most and b"\0" not in content else None
    except (OSError, ValueError):
        return None


def _has_map(file: Path) -> bool:
    return file.suffix in SCRIPTS and file.with_name(f"{file.name}.map").exists()
