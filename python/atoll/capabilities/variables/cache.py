"""Answers of a remote backend, kept for a while.

However many ask for one name at once, the backend is asked once. When it is down, a value that was read before stands
in for STALE_SECONDS beyond its time; a failure is remembered for PAUSE_SECONDS only, so that a dead backend is not
waited for by every request and a living one is found again at once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from atoll.capabilities.variables.provider import Unreachable

STALE_SECONDS = 300.0
PAUSE_SECONDS = 1.0
_MOST_NAMES = 4096


@dataclass(frozen=True, slots=True)
class _Entry:
    """A value and when it was read. None: the backend does not have it."""

    value: str | None = field(repr=False)
    read_at: float


class Cache:
    """The answers of `fetch` by name, each for `seconds`; 0 keeps nothing, and only joins what is asked at once."""

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[str | None]],
        seconds: float,
        *,
        stale: float = STALE_SECONDS,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._fetch = fetch
        self._seconds = seconds
        self._stale = stale if seconds else 0.0
        self._pause = pause
        self._entries: dict[str, _Entry] = {}
        self._flights: dict[str, asyncio.Task[str | None]] = {}
        self._failure: Unreachable | None = None
        self._paused_until = 0.0

    async def get(self, name: str) -> str | None:
        """The value. Raises what `fetch` raises; Unreachable only if there is no value that may stand in."""
        entry = self._entries.get(name)
        now = time.monotonic()
        if entry is not None and now < entry.read_at + self._seconds:
            return entry.value
        try:
            self._raise_while_paused(now)
            # The flight belongs to all who wait for it: one that gives up does not take it from the others.
            return await asyncio.shield(self._flight(name))
        except Unreachable:
            if entry is not None and time.monotonic() < entry.read_at + self._seconds + self._stale:
                return entry.value
            raise

    async def close(self) -> None:
        """End what is under way and forget the values."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        self._entries.clear()

    def _raise_while_paused(self, now: float) -> None:
        if self._failure is not None and now < self._paused_until:
            raise type(self._failure)(*self._failure.args)

    def _flight(self, name: str) -> asyncio.Task[str | None]:
        flight = self._flights.get(name)
        if flight is None:
            flight = self._flights[name] = asyncio.create_task(self._read(name))
            flight.add_done_callback(lambda done: self._landed(name, done))
        return flight

    def _landed(self, name: str, flight: asyncio.Task[str | None]) -> None:
        del self._flights[name]
        # Looked at here, so that a failure that nobody waited for is not reported as forgotten.
        if not flight.cancelled():
            flight.exception()

    async def _read(self, name: str) -> str | None:
        begun = time.monotonic()
        try:
            value = await self._fetch(name)
        except Unreachable as failure:
            self._failure = failure.with_traceback(None)
            self._paused_until = time.monotonic() + self._pause
            raise
        self._failure = None
        self._keep(name, _Entry(value, begun))
        return value

    def _keep(self, name: str, entry: _Entry) -> None:
        if not self._seconds:
            return
        self._entries.pop(name, None)
        if len(self._entries) >= _MOST_NAMES:
            del self._entries[next(iter(self._entries))]
        self._entries[name] = entry
