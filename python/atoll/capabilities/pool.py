"""Connections to servers that guests name, used by one call after the other: bounded, closed when idle for long, never
handed on broken.

A connection belongs to one call from `take` to `give`. Times are in seconds.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from contextlib import asynccontextmanager, nullcontext
from typing import Generic, NamedTuple, Protocol, TypeVar

from atoll.capabilities import resolving


class Connection(Protocol):
    """What a pool holds."""

    @property
    def may_idle(self) -> float:
        """Seconds that it may stay open without being used."""

    async def alive(self) -> bool:
        """Whether a call can have it: open, with nothing that came unasked, as far as can be told without asking."""

    async def reset(self) -> bool:
        """Forget the call that has ended; False if that cannot be, or it is not alive."""

    async def close(self) -> None:
        """Close it, whatever goes on."""


_LOOK = 1.0
"""Seconds between two looks at what is idle: the next connection may be due sooner than those before."""

Key = TypeVar("Key", bound=Hashable)
Held = TypeVar("Held", bound=Connection)


class Full(Exception):
    """No connection came free in time."""


class Limits(NamedTuple):
    """How many connections there may be in all and for each key, and for how long a call waits for one to come free.

    So many `keys` keep connections that nobody uses: those that were asked for last.
    """

    patience: float
    total: int | None = None
    each: int | None = None
    keys: int | None = None


class _Idle(NamedTuple, Generic[Key, Held]):
    key: Key
    connection: Held
    until: float


class Pool(Generic[Key, Held]):
    """The connections to all servers of one kind; `connect` makes one for a key."""

    def __init__(self, connect: Callable[[Key], Awaitable[Held]], limits: Limits) -> None:
        self._connect = connect
        self._limits = limits
        self._total = asyncio.Semaphore(limits.total) if limits.total else None
        self._each: dict[Key, asyncio.Semaphore] = {}
        # Calls that wait for their turn count here, but use no connection yet.
        self._calls: Counter[Key] = Counter()
        self._using = 0
        self._keys: dict[Key, None] = {}
        self._idle: list[_Idle[Key, Held]] = []
        self._sweep: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._closed = False

    async def take(self, key: Key, *, alone: bool = False) -> Held:
        """A connection for one call, a new one if it is to be used `alone`. Raises Full, or what `connect` raises."""
        await self._enter(key)
        self._using += 1
        try:
            await self._prefer(key)
            connection = None if alone else await self._taken(key)
            if connection is None:
                await self._make_room()
                with resolving.named_by_guest():
                    connection = await self._connect(key)
        except BaseException:
            self._end(key)
            raise
        return connection

    async def give(self, key: Key, connection: Held, *, keep: bool = True) -> None:
        """Take a connection back: clean it for the next call, or close it."""
        try:
            if keep and self._keeps(key) and await connection.reset() and self._keeps(key):
                self._idle.append(_Idle(key, connection, _now() + connection.may_idle))
                self._sweep_later()
            else:
                await connection.close()
        except BaseException:
            await connection.close()
            raise
        finally:
            self._end(key)

    @asynccontextmanager
    async def lease(self, key: Key, *, alone: bool = False) -> AsyncIterator[Held]:
        """A connection for one call. With `alone`, it is a new one that nobody uses afterwards."""
        connection = await self.take(key, alone=alone)
        try:
            yield connection
        finally:
            await self.give(key, connection, keep=not alone)

    def free(self, key: Key) -> bool:
        """Whether `take` needs not wait for another call."""
        return not any(turns.locked() for turns in self._turns(key))

    async def close(self) -> None:
        """Close what is idle; what is in use is closed when its call ends."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        if self._sweeping is not None:
            await self._sweeping
        while self._idle:
            await self._idle.pop().connection.close()

    def _turns(self, key: Key) -> list[asyncio.Semaphore]:
        turns = [] if self._total is None else [self._total]
        if self._limits.each is not None:
            turns.insert(0, self._each.setdefault(key, asyncio.Semaphore(self._limits.each)))
        return turns

    async def _enter(self, key: Key) -> None:
        turns, entered = self._turns(key), 0
        self._calls[key] += 1
        waits = any(turn.locked() for turn in turns)
        try:
            async with asyncio.timeout(self._limits.patience) if waits else nullcontext():
                for turn in turns:
                    await turn.acquire()
                    entered += 1
        except BaseException as error:
            self._leave(key, entered)
            if isinstance(error, TimeoutError):
                raise Full from None
            raise

    def _end(self, key: Key) -> None:
        self._using -= 1
        self._leave(key)

    def _leave(self, key: Key, entered: int | None = None) -> None:
        for turn in self._turns(key)[:entered]:
            turn.release()
        self._calls[key] -= 1
        if not self._calls[key]:
            del self._calls[key]
            self._each.pop(key, None)

    async def _taken(self, key: Key) -> Held | None:
        """The connection that was used last, as the one most likely to be alive; dead ones are closed on the way."""
        while (idle := next((idle for idle in reversed(self._idle) if idle.key == key), None)) is not None:
            self._idle.remove(idle)
            if idle.until > _now() and await idle.connection.alive():
                return idle.connection
            await idle.connection.close()
        return None

    async def _make_room(self) -> None:
        while self._limits.total and self._idle and self._using + len(self._idle) > self._limits.total:
            await self._idle.pop(0).connection.close()

    async def _prefer(self, key: Key) -> None:
        """This key keeps connections from now on; the one that was asked for the longest ago keeps none."""
        if self._limits.keys is None:
            return
        self._keys.pop(key, None)
        self._keys[key] = None
        if len(self._keys) > self._limits.keys:
            oldest = next(iter(self._keys))
            del self._keys[oldest]
            forgotten = [idle.connection for idle in self._idle if idle.key == oldest]
            self._idle = [idle for idle in self._idle if idle.key != oldest]
            await _close_all(forgotten)

    def _keeps(self, key: Key) -> bool:
        return not self._closed and (self._limits.keys is None or key in self._keys)

    def _sweep_later(self) -> None:
        """By a timer, which costs a call nothing while it runs; a task would be begun and ended by each call."""
        if self._sweep is None and self._idle:
            due = min(idle.until for idle in self._idle)
            self._sweep = asyncio.get_running_loop().call_at(min(due, _now() + _LOOK), self._swept)

    def _swept(self) -> None:
        """Close what was idle for too long."""
        self._sweep, now = None, _now()
        due = [idle.connection for idle in self._idle if idle.until <= now]
        self._idle = [idle for idle in self._idle if idle.until > now]
        if due:
            self._sweeping = asyncio.create_task(_close_all(due))
        self._sweep_later()


async def _close_all(connections: Iterable[Connection]) -> None:
    for connection in connections:
        await connection.close()


def _now() -> float:
    return asyncio.get_running_loop().time()
