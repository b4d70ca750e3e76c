"""Follows the files of plugins, on one thread for all who want to be told of changes."""

import logging
import os
import threading
from collections import deque
from pathlib import Path
from typing import Any, Protocol

from atoll.embed.plugins.loader import Loader, Refreshed

_LOG = logging.getLogger("atoll.plugins")
# Seconds that a file has to be left alone until it is taken for whole.
_REST = 0.4
# Milliseconds without a further change before a change is looked at, and the longest that a busy folder can delay it.
_STEP = 200
_LONGEST = 1_000
# Between two looks, where the system tells nothing and WATCHFILES_FORCE_POLLING is set.
_POLL = 300

_Places = dict[Path, tuple[int, int]]
"""Folders, and by what it is seen that another one has taken their place."""


class Listener(Protocol):
    """Who is told of changes."""

    def _hear(self, refreshed: Refreshed) -> None:
        """Plugins have changed."""

    def _end(self) -> None:
        """Nothing more will be told."""


class _Wait:
    """What ends a wait for files to change: changes that are to be told, or the end of it all."""

    def __init__(self, changes: deque[Refreshed]) -> None:
        self.is_over = False
        self._changes = changes

    def is_set(self) -> bool:
        return self.is_over or bool(self._changes)


class Follower:
    """Refreshes plugins when their files change, on a thread that lives for as long as somebody listens.

    All are told of each change, in the order of changes, whoever found it: this thread, or a `refresh` on another.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._files = frozenset() if loader.pins.file is None else frozenset({loader.pins.file})
        # Held while somebody is told: who has left is told no more.
        self._turn = threading.RLock()
        self._listeners: list[Listener] = []
        self._changes: deque[Refreshed] = deque()
        self._running: tuple[threading.Thread, _Wait] | None = None

    def join(self, listener: Listener) -> None:
        """Tell this one, too, from now on. Raises OSError where the system cannot watch files."""
        with self._turn:
            if self._running is None:
                self._running = self._begun()
            self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Tell it nothing more. The last one ends the thread, once what is being loaded is loaded."""
        with self._turn:
            if listener not in self._listeners:
                return
            self._listeners.remove(listener)
            listener._end()
            if self._listeners or self._running is None:
                return
            thread, wait = self._running
            wait.is_over = True
            self._forget()
        if thread is not threading.current_thread():
            thread.join()

    def close(self) -> None:
        """All leave."""
        for listener in [*self._listeners]:
            self.leave(listener)

    def _begun(self) -> tuple[threading.Thread, _Wait]:
        # Whatever changes from here on is seen: the library's own loop would begin with its thread.
        watched = self._places()
        wait = _Wait(self._changes)
        given = (wait, _notify(watched), watched)
        thread = threading.Thread(target=self._run, args=given, name="atoll-plugins", daemon=True)
        self._loader.heard = self._changes.append
        thread.start()
        return thread, wait

    def _forget(self) -> None:
        self._running = self._loader.heard = None
        self._changes.clear()

    def _run(self, wait: _Wait, notify: Any, watched: _Places) -> None:
        try:
            while not wait.is_over:
                with notify:
                    self._follow(wait, notify, watched)
                watched = self._places()
                notify = _notify(watched)
        finally:
            self._ended(wait)

    def _follow(self, wait: _Wait, notify: Any, watched: _Places) -> None:
        """Look now and at each change, until it is over or a folder that is watched was replaced by another."""
        waits = self._look(wait)
        while not wait.is_over and self._places() == watched:
            seen = notify.watch(_LONGEST, _STEP, _STEP if waits else 0, wait)
            if seen == "timeout" or (isinstance(seen, set) and any(self._counts(Path(path)) for _, path in seen)):
                waits = self._look(wait)
            else:
                self._tell(wait)

    def _look(self, wait: _Wait) -> bool:
        """Whether there is something that is not at rest."""
        try:
            refreshed = self._loader.refresh(again=False, rest=_REST)
        except Exception:
            _LOG.exception("plugins could not be refreshed")
            return False
        self._tell(wait)
        return bool(refreshed.waiting)

    def _tell(self, wait: _Wait) -> None:
        while True:
            with self._turn:
                if wait.is_over or not self._changes:
                    return
                refreshed = self._changes.popleft()
                for listener in [*self._listeners]:
                    if listener in self._listeners:
                        _told(listener, refreshed)

    def _ended(self, wait: _Wait) -> None:
        """The thread ends: because all have left, or for a reason of its own."""
        with self._turn:
            if not wait.is_over:
                self._forget()
                listeners, self._listeners = self._listeners, []
                for listener in listeners:
                    listener._end()

    def _folders(self) -> set[Path]:
        return set(self._loader.source.folders)

    def _counts(self, path: Path) -> bool:
        folders = self._folders()
        return path in folders or path in self._files or path.parent in folders

    def _places(self) -> _Places:
        """What has to be watched: folders, and those above, where a folder or a file can be put in another's place."""
        folders = self._folders()
        wanted = folders | {folder.parent for folder in folders} | {file.parent for file in self._files}
        found = {}
        for folder in map(_existing, wanted):
            about = folder.stat()
            found[folder] = (about.st_dev, about.st_ino)
        return found


def _told(listener: Listener, refreshed: Refreshed) -> None:
    try:
        listener._hear(refreshed)
    except Exception:
        _LOG.exception("who is told of plugins' changes has failed")


def _notify(places: _Places) -> Any:
    from watchfiles._rust_notify import RustNotify

    polls = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower() not in ("", "false", "disable", "disabled")
    return RustNotify([str(folder) for folder in places], False, polls, _POLL, False, True)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())
