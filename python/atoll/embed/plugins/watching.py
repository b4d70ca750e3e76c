"""Plugins that follow their files until they are told not to."""

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from atoll.embed.plugins.loader import Refreshed

if TYPE_CHECKING:
    from atoll.embed.plugins.plugins import Plugins

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


class Watching:
    """Refreshes plugins when their files change, on a thread of its own, until it is closed; `with` blocks close it.

    A file that is being written is left alone until it rests; it is surer to rename a whole one into its place.
    `async for` gives what each look has led to from then on.
    """

    def __init__(self, plugins: "Plugins", changed: Callable[[Refreshed], object] | None) -> None:
        self._plugins = plugins
        self._changed = changed
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Refreshed | None], object]] = []
        source, pins = plugins._loader.source, plugins._loader.pins
        self._source = source
        self._files = frozenset() if pins.file is None else frozenset({pins.file})
        watched = self._places()
        # Whatever changes from here on is seen: the library's own loop would begin with its thread.
        notify = _notify(watched)
        self._thread = threading.Thread(target=self._run, args=(notify, watched), name="atoll-plugins", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no more. What is being loaded is loaded."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    def __aiter__(self) -> AsyncIterator[Refreshed]:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Refreshed | None] = asyncio.Queue()

        def listener(refreshed: Refreshed | None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, refreshed)

        with self._lock:
            if self._stop.is_set():
                queue.put_nowait(None)
            self._listeners.append(listener)
        return self._followed(queue, listener)

    async def _followed(
        self, queue: asyncio.Queue[Refreshed | None], listener: Callable[[Refreshed | None], object]
    ) -> AsyncIterator[Refreshed]:
        try:
            while (refreshed := await queue.get()) is not None:
                yield refreshed
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def _run(self, notify: Any, watched: _Places) -> None:
        try:
            while not self._stop.is_set():
                with notify:
                    self._follow(notify, watched)
                watched = self._places()
                notify = _notify(watched)
        finally:
            self._stop.set()
            self._tell(None)

    def _follow(self, notify: Any, watched: _Places) -> None:
        """Look now and at each change, until it is closed or a folder that is watched was replaced by another."""
        waits = self._look()
        while not self._stop.is_set() and self._places() == watched:
            seen = notify.watch(_LONGEST, _STEP, _STEP if waits else 0, self._stop)
            if seen == "timeout" or (isinstance(seen, set) and any(self._counts(Path(path)) for _, path in seen)):
                waits = self._look()

    def _look(self) -> bool:
        """Whether there is something that is not at rest."""
        try:
            refreshed = self._plugins._refresh(again=False, rest=_REST)
            if refreshed:
                self._tell(refreshed)
                if self._changed is not None:
                    self._changed(refreshed)
        except Exception:
            _LOG.exception("plugins could not be refreshed, or the one who is told has failed")
            return False
        return bool(refreshed.waiting)

    def _tell(self, refreshed: Refreshed | None) -> None:
        with self._lock:
            for listener in self._listeners:
                try:
                    listener(refreshed)
                except RuntimeError:
                    _LOG.debug("an event loop that followed plugins is closed")

    def _folders(self) -> set[Path]:
        return set(self._source.folders)

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


def _notify(places: _Places) -> Any:
    from watchfiles._rust_notify import RustNotify

    polls = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower() not in ("", "false", "disable", "disabled")
    return RustNotify([str(folder) for folder in places], False, polls, _POLL, False, True)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())
