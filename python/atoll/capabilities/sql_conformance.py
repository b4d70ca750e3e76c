"""What the conformance suites of SQL databases share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from atoll.capabilities.sql import Connection, Parameter, Row

MANY = 1 << 24


class Servers(Protocol):
    """A provider of such a room."""

    async def open(self, address: str) -> Connection:
        """Find or make a connection."""


@asynccontextmanager
async def opened(servers: Servers, address: str) -> AsyncIterator[Connection]:
    """A connection that is given back."""
    connection = await servers.open(address)
    try:
        yield connection
    finally:
        await connection.close()


async def rows(connection: Connection, statement: str, *parameters: Parameter) -> list[Row]:
    """The rows of a statement."""
    return (await connection.query(statement, list(parameters), MANY)).rows
