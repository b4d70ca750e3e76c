"""What the tests of both rooms of SQL databases do with a provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from atoll.capabilities.sql import Connection


@asynccontextmanager
async def opened(servers: Any, *address: str) -> AsyncIterator[Connection]:
    """A connection that is given back."""
    connection: Connection = await servers.open(*address)
    try:
        yield connection
    finally:
        await connection.close()


async def value(connection: Connection, statement: str) -> Any:
    """The only cell of a result."""
    [[cell]] = (await connection.query(statement, [], 1 << 20)).rows
    return cell
