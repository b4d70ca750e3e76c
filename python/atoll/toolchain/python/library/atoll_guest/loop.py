"""asyncio inside of the sandbox: an event loop that waits for what the host announces (`wasi:io/poll`), and for timers.

`asyncio.run` makes one. There are no threads: what asks for an executor runs at once, in its place.
"""

from __future__ import annotations

import asyncio
import asyncio.base_events
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import suppress
from functools import cache
from typing import Any, NoReturn, TypeVar

from wit_world.imports import wasi_clocks_monotonic as clock
from wit_world.imports import wasi_io_poll as poll

__all__ = ("Loop", "own", "ready")

T = TypeVar("T")

_NANOSECONDS = 1_000_000_000
_LONGEST = 1 << 62


class Stuck(RuntimeError):
    """Nothing can happen any more."""


class _Waits:
    """What is awaited of the host; to asyncio it is a selector."""

    def __init__(self) -> None:
        self._futures: dict[asyncio.Future[None], poll.Pollable] = {}

    def add(self, future: asyncio.Future[None], pollable: poll.Pollable) -> None:
        self._futures[future] = pollable

    def remove(self, future: asyncio.Future[None]) -> None:
        with self._futures.pop(future):
            pass

    def select(self, timeout: float | None) -> list[asyncio.Future[None]]:
        """The futures whose time has come, once there is one, or `timeout` seconds have gone."""
        futures, pollables = list(self._futures), list(self._futures.values())
        if timeout is not None and timeout <= 0:
            return [future for future, pollable in zip(futures, pollables, strict=True) if pollable.ready()]
        if timeout is None:
            if not pollables:
                raise Stuck
            return [futures[index] for index in poll.poll(pollables)]
        with clock.subscribe_duration(min(int(timeout * _NANOSECONDS), _LONGEST)) as late:
            return [futures[index] for index in poll.poll([*pollables, late]) if index < len(futures)]

    def close(self) -> None:
        self._futures.clear()


class Loop(asyncio.base_events.BaseEventLoop):
    """asyncio's own loop over the host's poll."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Waits()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it to its end; tasks that are left then are cancelled."""
        task = self.create_task(coroutine)
        try:
            with suppress(Stuck):
                return self.run_until_complete(task)
            # Its traceback shows where it waits.
            task.cancel("every task waits for another one, and nothing can wake them")
            return self.run_until_complete(task)
        finally:
            if left := asyncio.all_tasks(self):
                for each in left:
                    each.cancel()
                self.run_until_complete(asyncio.wait(left))
            if getattr(self, "_asyncgens", None):
                self.run_until_complete(self.shutdown_asyncgens())

    async def ready(self, pollable: poll.Pollable) -> None:
        """Wait until the host says so; the pollable is given back, also by who is cancelled."""
        future = self.create_future()
        self._selector.add(future, pollable)
        try:
            await future
        finally:
            self._selector.remove(future)

    def run_in_executor(self, executor: Executor | None, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Call it now: there are no threads."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """End it; what it waited for is given back."""
        super().close()
        self._selector.close()

    def _process_events(self, event_list: list[asyncio.Future[None]]) -> None:
        for future in event_list:
            if not future.done():
                future.set_result(None)

    def _write_to_self(self) -> None:
        """Wake the loop: only its own thread could ask, and that one is awake."""

    def _make_socket_transport(self, *_: Any, **__: Any) -> NoReturn:
        _refuse_sockets()

    async def sock_connect(self, *_: Any) -> NoReturn:
        """Sockets of asyncio are not to be had."""
        _refuse_sockets()


@cache
def own() -> Loop:
    """The loop on which this sandbox serves its requests."""
    return Loop()


async def ready(pollable: poll.Pollable) -> None:
    """Wait until the host says that it is ready, on the loop that runs."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, Loop):
        raise RuntimeError("this needs the event loop of atoll_guest: begin with `asyncio.run`")
    await loop.ready(pollable)


def _refuse_sockets() -> NoReturn:
    raise OSError("asyncio has no sockets in the sandbox: use atoll_guest.http, or the blocking `socket` module")
