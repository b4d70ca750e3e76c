"""Watches the files of a release, and tells when they have changed and come to rest.

Folders are watched, not files: an editor, and a compiler, puts a new file in the old one's place.
"""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

# Milliseconds without a further change before a change is told, and the longest that a busy folder can delay it.
_REST = 200
_LONGEST = 3_000
# Between two looks, where the system tells nothing and WATCHFILES_FORCE_POLLING is set.
_POLL = 300
# Where programs write while nobody edits.
_IGNORED = (".spin",)


class Changes:
    """Calls `changed`, on a thread of its own, when something that is watched has changed. Watches nothing at first."""

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._watched: frozenset[Path] = frozenset()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def watch(self, paths: frozenset[Path]) -> None:
        """Watch these from now on: files, and folders with all that lies below. Nothing where there are none."""
        if paths == self._watched:
            return
        stop, self._stop, self._watched = self._stop, threading.Event(), paths
        trees = {path for path in paths if path.is_dir()}
        files = paths - trees
        self._start({_existing(file.parent) for file in files}, self._stop, lambda path: path in files, deep=False)
        self._start(trees, self._stop, lambda path: not path.is_dir(), deep=True)
        stop.set()

    def close(self) -> None:
        """Watch nothing any more, and wait until nobody does."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_LONGEST / 1000)

    def _start(
        self, folders: Iterable[Path], stop: threading.Event, wanted: Callable[[Path], bool], *, deep: bool
    ) -> None:
        if not folders:
            return
        from watchfiles import Change, DefaultFilter
        from watchfiles._rust_notify import RustNotify

        usual = DefaultFilter(ignore_dirs=(*DefaultFilter.ignore_dirs, *_IGNORED)) if deep else None

        def counts(change: int, path: str) -> bool:
            return wanted(Path(path)) and (usual is None or usual(Change(change), path))

        # It watches from here on: the library's own loop begins with its thread, and loses what changed before.
        polls = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower() not in ("", "false", "disable", "disabled")
        notify = RustNotify([str(folder) for folder in folders], False, polls, _POLL, deep, True)

        def run() -> None:
            with notify:
                while isinstance(seen := notify.watch(_LONGEST, _REST, 0, stop), set):
                    if not stop.is_set() and any(counts(*change) for change in seen):
                        self._changed()

        self._threads = [each for each in self._threads if each.is_alive()]
        self._threads.append(threading.Thread(target=run, name="atoll-changes", daemon=True))
        self._threads[-1].start()


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())
