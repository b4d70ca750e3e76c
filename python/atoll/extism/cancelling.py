"""Calls that another thread may end: each is awaited on an event loop of this package, and cancelled alone."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from contextvars import Context, copy_context
from functools import cache
from typing import Any


class Cancelled(Exception):
    """The call was cancelled."""


@cache
def loop() -> asyncio.AbstractEventLoop:
    """The loop, which runs in a thread of its own."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="atoll-extism", daemon=True).start()
    return made


# A child of a fork has no thread but the one that forked.
os.register_at_fork(after_in_child=loop.cache_clear)


class CancelHandle:
    """Ends the call that a plug-in has running, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._task: asyncio.Task[Any] | None = None
        self._is_cancelled = False

    def cancel(self) -> bool:
        """End the call that runs; it raises `Error("timeout")`. Where none runs, nothing happens. Always true."""
        with self._lock:
            self._is_cancelled = True
            if self._task is not None:
                loop().call_soon_threadsafe(self._task.cancel)
        return True

    def run(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Wait for what the call gives. Raises Cancelled."""
        done: Future[Any] = Future()
        context = copy_context()
        with self._lock:
            self._is_cancelled = False
        loop().call_soon_threadsafe(self._begin, call, done, context)
        try:
            return done.result()
        except CancelledError:
            raise Cancelled from None
        finally:
            if not done.done():
                # Interrupted: whoever waited is gone, and so has the call to go.
                self.cancel()
            with self._lock:
                self._task = None

    def _begin(self, call: Callable[[], Awaitable[Any]], done: "Future[Any]", context: Context) -> None:
        task = loop().create_task(_awaited(call), context=context)
        task.add_done_callback(lambda ended: _tell(ended, done))
        with self._lock:
            self._task = task
            if self._is_cancelled:
                task.cancel()


async def _awaited(call: Callable[[], Awaitable[Any]]) -> tuple[Any, BaseException | None]:
    try:
        return await call(), None
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001, RUF100 -- it is for who waits, and would end the loop's thread
        return None, error


def _tell(task: "asyncio.Task[Any]", done: "Future[Any]") -> None:
    if task.cancelled():
        done.cancel()
        return
    value, error = task.result()
    if error is None:
        done.set_result(value)
    else:
        done.set_exception(error)
