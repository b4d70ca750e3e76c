"""Connections that calls use one after the other: bounded, closed when idle for long, never handed on broken."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, NamedTuple, Protocol, TypeVar


class Connection(Protocol):
    """What a pool holds."""

    @property
    def may_idle(self) -> float:
        """Seconds that it may stay open without being used."""

    async def fresh(self) -> bool:
        """Whether another call can have it: open, with nothing sent or received by halves."""

    async def close(self) -> None:
        """Close it at once, whatever goes on."""


Key = TypeVar("Key")
Held = TypeVar("Held", bound=Connection)


class Full(Exception):
    """No connection came free in time."""


class Limits(NamedTuple):
    """How many connections there may be, and for how many seconds a call waits for one to come free."""

    connections: int
    patience: float


class _Idle(NamedTuple, Generic[Key, Held]):
    key: Key
    connection: Held
    until: float


class Pool(Generic[Key, Held]):
    """Holds at most so many connections, in use and idle, to all servers together; each serves one call at a time."""

    def __init__(self, connect: Callable[[Key], Awaitable[Held]], limits: Limits) -> None:
        self._connect = connect
        self._limits = limits
        self._turns = asyncio.Semaphore(limits.connections)
        self._using = 0
        self._idle: list[_Idle[Key, Held]] = []
        self._sweeper: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def lease(self, key: Key, *, alone: bool = False) -> AsyncIterator[Held]:
        """A connection for one call. With `alone`, it is a new one that nobody uses afterwards. Raises Full."""
        await self._turn()
        self._using += 1
        connection = None
        try:
            connection = None if alone else await self._take(key)
            if connection is None:
                await self._make_room()
                connection = await self._connect(key)
            yield connection
        finally:
            self._using -= 1
            try:
                if connection is not None:
                    await self._give_back(key, connection, keep=not alone)
            finally:
                self._turns.release()

    async def close(self) -> None:
        """Close what is idle; what is in use is closed when its call ends."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        while self._idle:
            await self._idle.pop().connection.close()

    async def _turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(self._limits.patience):
                await self._turns.acquire()
        except TimeoutError:
            raise Full from None

    async def _take(self, key: Key) -> Held | None:
        """The connection that was used last, as the one most likely to be alive; dead ones are closed on the way."""
        while (idle := next((idle for idle in reversed(self._idle) if idle.key == key), None)) is not None:
            self._idle.remove(idle)
            if idle.until > _now() and await idle.connection.fresh():
                return idle.connection
            await idle.connection.close()
        return None

    async def _make_room(self) -> None:
        while self._idle and self._using + len(self._idle) > self._limits.connections:
            await self._idle.pop(0).connection.close()

    async def _give_back(self, key: Key, connection: Held, *, keep: bool) -> None:
        if not keep or self._closed or not await connection.fresh():
            await connection.close()
            return
        self._idle.append(_Idle(key, connection, _now() + connection.may_idle))
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        """Closes what was idle for too long; ends when nothing is idle."""
        while self._idle:
            await asyncio.sleep(min(max(min(idle.until for idle in self._idle) - _now(), 0.05), 1))
            while (idle := next((idle for idle in self._idle if idle.until <= _now()), None)) is not None:
                self._idle.remove(idle)
                await idle.connection.close()


def _now() -> float:
    return asyncio.get_running_loop().time()
