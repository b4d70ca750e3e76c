"""Watches the files of a release, and tells when they have changed and come to rest.

Folders are watched, not files: an editor, and a compiler, puts a new file in the old one's place.
"""

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from atoll.lock import glob

# Milliseconds: the longest that a busy folder can delay that a change is told.
_LONGEST = 3_000
# Between two looks, where the system tells nothing and WATCHFILES_FORCE_POLLING is set.
_POLL = 300
# Where programs write while nobody edits.
_IGNORED = (".spin",)


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: files, and folders with all that lies below; and what globs match below a folder, but not
    `outputs`. `rest` are milliseconds without a further change before a change is told.
    """

    paths: frozenset[Path] = frozenset()
    globs: frozenset[tuple[Path, str]] = frozenset()
    outputs: frozenset[Path] = frozenset()
    rest: int = 200


NOTHING = Watched()


class Changes:
    """Calls `changed`, on a thread of its own, when something that is watched has changed. Watches nothing at first."""

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._watched = NOTHING
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def watch(self, watched: Watched) -> None:
        """Watch this from now on. Nothing where there is none of it."""
        if watched == self._watched:
            return
        stop, self._stop, self._watched = self._stop, threading.Event(), watched
        trees = {path for path in watched.paths if path.is_dir()}
        files = watched.paths - trees
        globs = [_Glob(folder, pattern) for folder, pattern in watched.globs]

        def is_meant(path: Path) -> bool:
            return path in files or (path not in watched.outputs and any(each.matches(path) for each in globs))

        flat = {_existing(file.parent) for file in files} | {each.start for each in globs if not each.is_deep}
        self._start(flat, self._stop, is_meant, deep=False)
        self._start({each.start for each in globs if each.is_deep}, self._stop, is_meant, deep=True, filtered=False)
        self._start(trees, self._stop, lambda path: not path.is_dir(), deep=True)
        stop.set()

    def close(self) -> None:
        """Watch nothing any more, and wait until nobody does."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_LONGEST / 1000)

    def _start(
        self,
        folders: Iterable[Path],
        stop: threading.Event,
        wanted: Callable[[Path], bool],
        *,
        deep: bool,
        filtered: bool = True,
    ) -> None:
        if not folders:
            return
        from watchfiles import Change, DefaultFilter
        from watchfiles._rust_notify import RustNotify

        usual = DefaultFilter(ignore_dirs=(*DefaultFilter.ignore_dirs, *_IGNORED)) if deep and filtered else None
        rest = self._watched.rest

        def counts(change: int, path: str) -> bool:
            return wanted(Path(path)) and (usual is None or usual(Change(change), path))

        # It watches from here on: the library's own loop begins with its thread, and loses what changed before.
        polls = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower() not in ("", "false", "disable", "disabled")
        notify = RustNotify([str(folder) for folder in folders], False, polls, _POLL, deep, True)

        def run() -> None:
            with notify:
                while isinstance(seen := notify.watch(_LONGEST, rest, 0, stop), set):
                    if not stop.is_set() and any(counts(*change) for change in seen):
                        self._changed()

        self._threads = [each for each in self._threads if each.is_alive()]
        self._threads.append(threading.Thread(target=run, name="atoll-changes", daemon=True))
        self._threads[-1].start()


class _Glob:
    """The files below a folder that a pattern matches."""

    def __init__(self, folder: Path, pattern: str) -> None:
        start = glob.folder(pattern)
        self._folder = folder
        self._pattern = glob.Pattern(pattern)
        self.start = _existing(folder / start)
        self.is_deep = "/" in pattern.removeprefix(start).removeprefix("/")

    def matches(self, path: Path) -> bool:
        """Whether it is one of them."""
        return path.is_relative_to(self._folder) and self._pattern.matches(path.relative_to(self._folder).as_posix())


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())
