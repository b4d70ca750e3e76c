"""One connection to a Redis server, made by the client library and read by our own parser."""

import asyncio
import select
import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from redis.asyncio.connection import Connection as Library
from redis.asyncio.connection import SSLConnection

from atoll.capabilities.redis.addresses import Address
from atoll.capabilities.redis.replies import Replies, Tree

Word = int | str | bytes


class Terms(NamedTuple):
    """What holds for every connection of a provider: seconds to connect and to be idle, bytes of a reply."""

    connect: float
    idle: float
    reply: int


class Connection:
    """Serves one command at a time. Whatever ends a command early, error or cancellation, closes the connection."""

    def __init__(self, library: Library, may_idle: float) -> None:
        self._library = library
        self.may_idle = may_idle

    async def ask(self, words: Sequence[Word]) -> Tree:
        """The reply to a command. Raises the client library's exceptions, and Other for a reply beyond the limit."""
        await self._library.send_command(*words)
        reply: Tree = await self._library.read_response()
        return reply

    async def alive(self) -> bool:
        """Whether it is open and nothing has come unasked, be it the server's goodbye that no loop has seen yet."""
        writer = self._library._writer
        if writer is None or await self._library.can_read():
            return False
        arrived = select.poll()
        arrived.register(writer.get_extra_info("socket"), select.POLLIN)
        return not arrived.poll(0)

    async def reset(self) -> bool:
        """A call leaves nothing behind on a connection that is alive."""
        return await self.alive()

    async def close(self) -> None:
        """Close it without waiting for the server, which a goodbye of TLS would do."""
        if self._library._writer is not None:
            self._library._writer.transport.abort()
        await self._library.disconnect(nowait=True)


async def connect(address: Address, terms: Terms, trust: ssl.SSLContext | None) -> Connection:
    """Connect (with TLS where there is trust), log in, choose the database. Raises what the client library raises."""
    options: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "username": address.username or None,
        "password": address.password or None,
        "db": address.database,
        "protocol": 2,
        # Limits of time are set once for the whole of a command, not again for each step of it.
        "socket_timeout": None,
        "socket_connect_timeout": terms.connect,
        "parser_class": type("Replies", (Replies,), {"limit": terms.reply}),
        "driver_info": None,
    }
    library = Library(**options) if trust is None else _secured(options, trust)
    try:
        async with asyncio.timeout(terms.connect):
            await library.connect()  # type: ignore[no-untyped-call]
    except BaseException:
        await library.disconnect(nowait=True)
        raise
    return Connection(library, terms.idle)


def _secured(options: dict[str, Any], trust: ssl.SSLContext) -> Library:
    """The library would read all authorities from disk again for each connection."""
    library = SSLConnection(**options)
    library.ssl_context.context = trust
    return library


if TYPE_CHECKING:
    from atoll.capabilities import pool

    def _is_pooled(connection: Connection) -> pool.Connection:
        return connection
