"""A Redis server as several rooms use it: its key in their configuration, and a client that sends nothing twice."""

from typing import Annotated

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from atoll.capabilities.remote import Pooled, check_address
from atoll.manifest.fields import Doc

Url = Annotated[str, Doc("Where the server is: redis://[user:password@]host:port/database, rediss:// with TLS.")]


def check_url(url: str, keys: Pooled) -> None:
    """Raises ValueError if the client cannot use it."""
    check_address("url", url, "redis", "rediss", "unix")
    try:
        _pool(url, keys)
    except (ValueError, TypeError):
        raise ValueError("`url` is not the address of a Redis server") from None


def client(url: str, keys: Pooled) -> Redis:
    """It connects with its first command, and waits for a free connection without a limit of its own."""
    return Redis.from_pool(_pool(url, keys))


async def close(client: Redis) -> None:
    """Close all connections."""
    await client.aclose()
    await client.connection_pool.disconnect()


def _pool(url: str, keys: Pooled) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url,
        max_connections=keys.max_connections,
        timeout=None,
        socket_connect_timeout=keys.connect_seconds,
        socket_timeout=keys.seconds,
        # A command whose answer was lost may have been carried out: sent again, an increment would count twice and a
        # message would come twice.
        retry=Retry(NoBackoff(), 0),
        # With RESP3, the pool would no longer notice a connection with an unread answer.
        protocol=2,
    )
