"""PostgreSQL servers by address, through psycopg 3, with pools that all calls of the process share."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Struct

from atoll.capabilities.postgres.address import BadAddress, parse
from atoll.capabilities.postgres.provider import ConnectionFailed, Parameter, QueryFailed, Rows
from atoll.capabilities.provider import Place
from atoll.capabilities.sessions import Bounds, Pool, Pools
from atoll.manifest.fields import Doc

try:
    import psycopg

    from atoll.capabilities.postgres.psycopg3.connect import check_ca_root, connect
    from atoll.capabilities.postgres.psycopg3.session import Session
    from atoll.capabilities.postgres.psycopg3.statement import Running, Server
except ImportError as error:
    raise ImportError(f"outbound PostgreSQL needs psycopg ({error}): pip install 'atoll[postgres]'") from error


class PostgresConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """The keys of `[outbound_pg]`."""

    max_connections: Annotated[
        int | None, Doc("How many connections guests may have open at once, over all addresses; no limit if absent.")
    ] = None
    max_connections_per_address: Annotated[int, Doc("How many of them to one address.")] = 64
    max_addresses: Annotated[int, Doc("How many addresses keep connections for later calls.")] = 16
    connect_timeout: Annotated[float, Doc("Seconds to connect, and to wait for a free connection.")] = 10.0
    operation_timeout: Annotated[float, Doc("Seconds that a statement may take, or the next rows of a stream.")] = 30.0
    idle_timeout: Annotated[float, Doc("Seconds after which an unused connection is closed.")] = 60.0
    ca_roots_file: Annotated[
        Path | None, Doc("PEM file with the authorities to trust instead of the system's, if the guest names none.")
    ] = None


class PostgresServers:
    """The servers that guests name. Each connection that is opened takes one from the pool of its address."""

    Config: ClassVar[type[Struct]] = PostgresConfig

    def __init__(self, config: PostgresConfig, place: Place) -> None:
        self._config = config
        self._ca_file = place.config / config.ca_roots_file if config.ca_roots_file else None
        bounds = Bounds(
            each=config.max_connections_per_address,
            total=asyncio.Semaphore(config.max_connections) if config.max_connections else None,
            wait=config.connect_timeout,
            idle=config.idle_timeout,
        )
        self._pools: Pools[Session] = Pools(config.max_addresses, bounds)

    async def open(self, address: str, ca_root: str | None = None) -> "Lease":
        """A connection of its own for the caller."""
        pool = await self._pools.of((address, ca_root), partial(self._connect, address, ca_root))
        try:
            session = await pool.take()
        except TimeoutError:
            raise ConnectionFailed("too many connections") from None
        return Lease(pool, session, self._config.operation_timeout)

    def check_ca_root(self, ca_root: str) -> None:
        """Fail unless this is PEM with a certificate."""
        check_ca_root(ca_root)

    async def close(self) -> None:
        """End every connection."""
        await self._pools.close()

    async def _connect(self, address: str, ca_root: str | None) -> Session:
        try:
            parsed = parse(address)
        except BadAddress as error:
            raise ConnectionFailed(str(error)) from None
        seconds = self._config.connect_timeout
        return Session(await connect(parsed, ca_root, self._ca_file, seconds), seconds)


class Lease:
    """A connection while a guest has it."""

    def __init__(self, pool: Pool[Session], session: Session, seconds: float) -> None:
        self._pool = pool
        self._server: Server | None = Server(session, self._type_names, seconds)

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

    async def _type_names(self, oids: list[int]) -> dict[int, str]:
        """Ask on another connection, as this one is busy; without one that is free, types have no names."""
        if not self._pool.free():
            return {}
        try:
            session = await self._pool.take()
        except (ConnectionFailed, TimeoutError):
            return {}
        try:
            return await session.type_names(oids)
        except psycopg.Error:
            return {}
        finally:
            await self._pool.give(session)
