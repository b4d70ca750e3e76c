"""Connections that calls share: bounded for each key and in all, kept for the next call, the oldest key dropped first.

A connection belongs to one call from `take` to `give`. Times are in seconds.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class Pooled(Protocol):
    """What a pool keeps."""

    def alive(self) -> bool:
        """Whether the other side still listens, as far as can be told without asking it."""

    async def reset(self) -> bool:
        """Forget the call; False if that cannot be."""

    async def close(self) -> None:
        """End the connection; never fails."""


C = TypeVar("C", bound=Pooled)


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How many connections there may be, and how long one is waited for or kept unused."""

    each: int
    total: asyncio.Semaphore | None
    wait: float
    idle: float


@dataclass
class Pool(Generic[C]):
    """The connections of one key."""

    connect: Callable[[], Awaitable[C]]
    bounds: Bounds
    idle: list[tuple[float, C]] = field(default_factory=list)
    retired: bool = False

    def __post_init__(self) -> None:
        self._each = asyncio.Semaphore(self.bounds.each)
        self._sweeping: asyncio.Task[None] | None = None

    async def take(self) -> C:
        """A connection for one call; `TimeoutError` if none is free in time, or what `connect` raises."""
        async with asyncio.timeout(self.bounds.wait):
            await self._acquire()
        try:
            while self.idle:
                _, connection = self.idle.pop()
                if connection.alive():
                    return connection
                await connection.close()
            return await self.connect()
        except BaseException:
            self._release()
            raise

    async def give(self, connection: C) -> None:
        """Take a connection back: clean it for the next call, or end it."""
        try:
            if self.retired or not await connection.reset() or self.retired:
                await connection.close()
            else:
                self.idle.append((asyncio.get_running_loop().time(), connection))
                self._sweep_later()
        except BaseException:
            await connection.close()
            raise
        finally:
            self._release()

    def free(self) -> bool:
        """Whether `take` needs not wait for another call."""
        return not self._each.locked() and not (self.bounds.total and self.bounds.total.locked())

    async def retire(self) -> None:
        """End the connections that are not in use, and the others when they come back."""
        self.retired = True
        if self._sweeping:
            self._sweeping.cancel()
        while self.idle:
            await self.idle.pop()[1].close()

    async def _acquire(self) -> None:
        await self._each.acquire()
        try:
            if self.bounds.total:
                await self.bounds.total.acquire()
        except BaseException:
            self._each.release()
            raise

    def _release(self) -> None:
        self._each.release()
        if self.bounds.total:
            self.bounds.total.release()

    def _sweep_later(self) -> None:
        if not self._sweeping or self._sweeping.done():
            self._sweeping = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        """End what has been idle for too long, until nothing is idle."""
        while self.idle:
            now = asyncio.get_running_loop().time()
            due = self.idle[0][0] + self.bounds.idle
            if due > now:
                await asyncio.sleep(due - now)
            else:
                await self.idle.pop(0)[1].close()


@dataclass
class Pools(Generic[C]):
    """A pool for each key, at most `most` of them."""

    most: int
    bounds: Bounds
    pools: OrderedDict[Hashable, Pool[C]] = field(default_factory=OrderedDict)

    async def of(self, key: Hashable, connect: Callable[[], Awaitable[C]]) -> Pool[C]:
        """The pool of a key, made if need be; the one that was unused for the longest time makes room."""
        if key not in self.pools:
            self.pools[key] = Pool(connect, self.bounds)
        pool = self.pools[key]
        self.pools.move_to_end(key)
        while len(self.pools) > self.most:
            _, oldest = self.pools.popitem(last=False)
            await oldest.retire()
        return pool

    async def close(self) -> None:
        """End every connection."""
        pools, self.pools = list(self.pools.values()), OrderedDict()
        for pool in pools:
            with suppress(Exception):
                await pool.retire()
