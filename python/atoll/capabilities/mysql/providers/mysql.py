"""MySQL and MariaDB servers by address, through MySQL Connector/Python, with pools that all calls share."""

import asyncio
import ssl
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Struct

from atoll.capabilities.mysql.address import BadAddress, parse
from atoll.capabilities.mysql.provider import ConnectionFailed, Parameter, QueryFailed, Rows
from atoll.capabilities.provider import Place
from atoll.capabilities.sessions import Bounds, Pool, Pools
from atoll.manifest.fields import Doc

try:
    from atoll.capabilities.mysql.connector.client import Client, connect
    from atoll.capabilities.mysql.connector.session import Session
    from atoll.capabilities.mysql.connector.statement import Running, Server
except ImportError as error:
    raise ImportError(f"outbound MySQL needs MySQL Connector/Python ({error}): pip install 'atoll[mysql]'") from error


class MysqlConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """The keys of `[outbound_mysql]`."""

    max_connections: Annotated[
        int | None, Doc("How many connections guests may have open at once, over all addresses; no limit if absent.")
    ] = None
    max_connections_per_address: Annotated[int, Doc("How many of them to one address.")] = 64
    max_addresses: Annotated[int, Doc("How many addresses keep connections for later calls.")] = 16
    connect_timeout: Annotated[float, Doc("Seconds to connect, and to wait for a free connection.")] = 10.0
    operation_timeout: Annotated[float, Doc("Seconds that a statement may take, or the next rows of a stream.")] = 30.0
    idle_timeout: Annotated[float, Doc("Seconds after which an unused connection is closed.")] = 60.0
    ca_roots_file: Annotated[Path | None, Doc("PEM file with the authorities to trust instead of the system's.")] = None


class MysqlServers:
    """The servers that guests name. Each connection that is opened takes one from the pool of its address."""

    Config: ClassVar[type[Struct]] = MysqlConfig

    def __init__(self, config: MysqlConfig, place: Place) -> None:
        self._config = config
        self._ca_file = place.config / config.ca_roots_file if config.ca_roots_file else None
        bounds = Bounds(
            each=config.max_connections_per_address,
            total=asyncio.Semaphore(config.max_connections) if config.max_connections else None,
            wait=config.connect_timeout,
            idle=config.idle_timeout,
        )
        self._pools: Pools[Session] = Pools(config.max_addresses, bounds)

    async def open(self, address: str) -> "Lease":
        """A connection of its own for the caller."""
        pool = await self._pools.of(address, partial(self._session, address))
        try:
            session = await pool.take()
        except TimeoutError:
            raise ConnectionFailed("too many connections") from None
        return Lease(pool, Server(session, self._config.operation_timeout))

    async def close(self) -> None:
        """End every connection."""
        await self._pools.close()

    async def _session(self, address: str) -> Session:
        another = partial(self._connect, address)
        return Session(await another(), another, self._config.connect_timeout)

    async def _connect(self, address: str) -> Client:
        try:
            parsed = parse(address)
        except BadAddress as error:
            raise ConnectionFailed(str(error)) from None
        return await connect(parsed, self._trusted, self._config.connect_timeout)

    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._ca_file)


class Lease:
    """A connection while a guest has it."""

    def __init__(self, pool: Pool[Session], server: Server) -> None:
        self._pool = pool
        self._server: Server | None = server

    async def query(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Rows:
        """Run a statement and return its result."""
        return await self._open().query(statement, parameters, most_bytes)

    async def stream(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Running:
        """Run a statement and return its result page by page."""
        return await self._open().stream(statement, parameters, most_bytes)

    async def execute(self, statement: str, parameters: Sequence[Parameter]) -> int:
        """Run a statement and return its number of rows."""
        return await self._open().execute(statement, parameters)

    async def close(self) -> None:
        """Give the connection back."""
        server, self._server = self._server, None
        if not server:
            return
        try:
            await server.settle()
        except BaseException:
            server.session.finish()
            raise
        finally:
            await self._pool.give(server.session)

    def _open(self) -> Server:
        if not self._server:
            raise QueryFailed("the connection is closed")
        return self._server
