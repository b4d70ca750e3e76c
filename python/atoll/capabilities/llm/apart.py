"""Exchanges over HTTP in tasks of their own.

When a task is cancelled by asyncio while httpx closes an answer, its pool loses that connection for ever: it guards
the moment against anyio's cancellation only. So no exchange runs in the caller's task. Its own is ended anyio's way
when the caller is cancelled or no longer listens.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

import anyio

T = TypeVar("T")
_MOST_AHEAD = 16


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None


class _Apart:
    """A task that ends with its `async with` block, at the latest."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._scope = anyio.CancelScope()

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def __aexit__(self, *_: object) -> None:
        self._scope.cancel()
        # Cancelled once more, the caller goes at once: the task ends by itself.
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        with self._scope:
            await self._work()


async def answer_of(exchange: Callable[[], Awaitable[T]]) -> T:
    """What the exchange returns or raises."""
    outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        try:
            result = await exchange()
        except Exception as error:
            if not outcome.done():
                outcome.set_exception(error)
        else:
            if not outcome.done():
                outcome.set_result(result)

    async with _Apart(work):
        return await outcome


async def pieces_of(source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """What the source yields or raises; it is a few pieces ahead at most."""
    ready: asyncio.Queue[T | _End] = asyncio.Queue(_MOST_AHEAD)

    async def work() -> None:
        try:
            async with aclosing(source):
                async for piece in source:
                    await ready.put(piece)
        except Exception as error:
            await ready.put(_End(error))
        else:
            await ready.put(_End(None))

    async with _Apart(work):
        while not isinstance(piece := await ready.get(), _End):
            yield piece
        if piece.error is not None:
            raise piece.error
