"""NATS servers as several rooms use them: their key in the configuration, and one connection that never waits in vain.

A lost connection ends at once, with all that waits for it, and the next call makes another.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated

from nats.aio.client import Client
from nats.errors import AuthorizationError, ConnectionClosedError, Error, NoServersError, UnexpectedEOF

from atoll.capabilities.remote import Remote, check_address
from atoll.manifest.fields import Doc

Url = Annotated[str, Doc("Where the servers are: nats://user:password@host:port, tls:// with TLS; commas between.")]


def check_url(url: str) -> None:
    """Raises ValueError if one of them is no address of a server."""
    for part in url.split(","):
        check_address("url", part, "nats", "tls")


class Ended(Error):
    """The connection ended while something waited for it."""


async def _ignore(error: Exception) -> None:
    """Each call tells its own failure."""


class Connection:
    """A client, and what waits for it. `heard` learns what the client has to say of the server's refusals."""

    def __init__(self, heard: Callable[[Exception], Awaitable[None]] = _ignore) -> None:
        self.client = Client()
        self._heard = heard
        self._waiting: set[asyncio.Timeout] = set()

    async def open(self, url: str, keys: Remote) -> None:
        """Connect, or fail as soon as each server was tried."""
        try:
            await self.client.connect(
                url.split(","),
                error_cb=self._heard,
                closed_cb=self._ended,
                connect_timeout=keys.connect_seconds,  # type: ignore[arg-type]
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                ping_interval=10,
            )
        except BaseException:
            await self.client.close()
            raise

    @asynccontextmanager
    async def used(self) -> AsyncIterator[Client]:
        """The client; raises Ended as soon as its connection ends."""
        if self.client.is_closed:
            raise Ended
        waiting = asyncio.timeout(None)
        try:
            async with waiting:
                self._waiting.add(waiting)
                try:
                    yield self.client
                finally:
                    self._waiting.discard(waiting)
        except TimeoutError:
            if waiting.expired():
                raise Ended from None
            raise

    async def _ended(self) -> None:
        """The client has closed: what waits for the server would wait in vain."""
        for waiting in self._waiting:
            waiting.reschedule(0)


def lost(error: Exception) -> str | None:
    """What keeps a client from its server, as the rest of a sentence; None if it is something else."""
    match error:
        case Ended():
            return "ended the connection"
        case NoServersError() | ConnectionClosedError() | UnexpectedEOF():
            return "cannot be reached"
        case AuthorizationError():
            return "refused the user or the password"
        case Error() if "authorization violation" in str(error).lower():
            return "refused the user or the password"
    return None
