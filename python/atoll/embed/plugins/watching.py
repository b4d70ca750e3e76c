"""Whoever wants to be told of what changes among plugins: a function, or a coroutine."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from typing import Self

from atoll.embed.plugins.following import Follower
from atoll.embed.plugins.loader import Refreshed

_LOG = logging.getLogger("atoll.plugins")


class Watching:
    """Refreshes plugins when their files change, on a thread, until it is closed; `with` blocks close it.

    A file that is being written is left alone until it rests; it is surer to rename a whole one into its place.
    `async for` gives each change from then on, also what `refresh` has led to. All that watch are told of all changes.
    """

    def __init__(self, follower: Follower, changed: Callable[[Refreshed], object] | None) -> None:
        self._follower = follower
        self._changed = changed
        self._lock = threading.Lock()
        self._is_over = False
        self._queues: list[Callable[[Refreshed | None], object]] = []
        follower.join(self)

    def close(self) -> None:
        """Watch no more: nobody is told of anything any more. What is being loaded is loaded."""
        self._follower.leave(self)

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

        def put(refreshed: Refreshed | None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, refreshed)

        with self._lock:
            if self._is_over:
                queue.put_nowait(None)
            self._queues.append(put)
        return self._followed(queue, put)

    async def _followed(
        self, queue: asyncio.Queue[Refreshed | None], put: Callable[[Refreshed | None], object]
    ) -> AsyncIterator[Refreshed]:
        try:
            while (refreshed := await queue.get()) is not None:
                yield refreshed
        finally:
            with self._lock:
                self._queues.remove(put)

    # What `Follower` calls.

    def _hear(self, refreshed: Refreshed) -> None:
        self._put(refreshed)
        if self._changed is not None:
            self._changed(refreshed)

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
        self._put(None)

    def _put(self, refreshed: Refreshed | None) -> None:
        with self._lock:
            for put in self._queues:
                try:
                    put(refreshed)
                except RuntimeError:
                    _LOG.debug("an event loop that followed plugins is closed")
