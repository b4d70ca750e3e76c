"""What the providers of SQL databases share: keys, the pools of their addresses, a connection while a guest has it."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Annotated, Generic, Protocol, TypeVar

from msgspec import Struct

from atoll.capabilities.authorities import CaRootsFile
from atoll.capabilities.pool import Connection, Full, Limits, Pool
from atoll.capabilities.sql import ConnectionFailed, Parameter, QueryFailed, Rows, Stream
from atoll.manifest.fields import Doc


class Keys(Struct, forbid_unknown_fields=True, kw_only=True):
    """The keys of `[outbound_pg]` and `[outbound_mysql]`."""

    max_connections: Annotated[
        int | None, Doc("How many connections guests may have open at once, over all addresses; no limit if absent.")
    ] = None
    max_connections_per_address: Annotated[int, Doc("How many of them to one address.")] = 64
    max_addresses: Annotated[int, Doc("How many addresses keep connections for later calls.")] = 16
    connect_timeout: Annotated[float, Doc("Seconds to connect, and to wait for a free connection.")] = 10.0
    operation_timeout: Annotated[float, Doc("Seconds that a statement may take, or the next rows of a stream.")] = 30.0
    idle_timeout: Annotated[float, Doc("Seconds after which an unused connection is closed.")] = 60.0
    max_result_bytes: Annotated[int, Doc("Bytes of the largest result but streams, at most 128 MiB.")] = 128 << 20
    ca_roots_file: CaRootsFile = None

    def __post_init__(self) -> None:
        for key in ("max_connections", "max_connections_per_address", "max_addresses"):
            if (value := getattr(self, key)) is not None and value < 1:
                raise ValueError(f"`{key}` must be at least 1")
        for key in ("connect_timeout", "operation_timeout", "idle_timeout", "max_result_bytes"):
            if not getattr(self, key) > 0:
                raise ValueError(f"`{key}` must be more than nothing")


class Session(Connection, Protocol):
    """A connection between calls."""

    def finish(self) -> None:
        """Never use it again."""


S_co = TypeVar("S_co", bound=Session, covariant=True)
S = TypeVar("S", bound=Session)
K = TypeVar("K", bound=Hashable)


class Server(Protocol[S_co]):
    """A session as a guest sees it."""

    @property
    def session(self) -> S_co:
        """The connection itself."""

    async def query(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Rows:
        """As `Connection.query`."""

    async def stream(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Stream:
        """As `Connection.stream`."""

    async def execute(self, statement: str, parameters: Sequence[Parameter]) -> int:
        """As `Connection.execute`."""

    async def settle(self) -> None:
        """Wait for what runs; a stream that was not read to its end has ended here."""


class Servers(ABC, Generic[K, S]):
    """The servers that guests name. Each connection that is opened is one of the pool."""

    def __init__(self, keys: Keys) -> None:
        self._most_bytes = keys.max_result_bytes
        limits = Limits(
            keys.connect_timeout, keys.max_connections, keys.max_connections_per_address, keys.max_addresses
        )
        self._pool: Pool[K, S] = Pool(self._session, limits)

    async def lease(self, key: K) -> "Lease[K, S]":
        """A connection of its own for the caller."""
        try:
            session = await self._pool.take(key)
        except Full:
            raise ConnectionFailed("too many connections") from None
        return Lease(self._pool, key, self._served(key, session), self._most_bytes)

    async def close(self) -> None:
        """End every connection."""
        await self._pool.close()

    @abstractmethod
    async def _session(self, key: K) -> S:
        """A new connection."""

    @abstractmethod
    def _served(self, key: K, session: S) -> Server[S]:
        """The connection as a guest sees it."""


class Lease(Generic[K, S]):
    """A connection while a guest has it."""

    def __init__(self, pool: Pool[K, S], key: K, server: Server[S], most_bytes: int) -> None:
        self._pool = pool
        self._key = key
        self._server: Server[S] | None = server
        self._most_bytes = most_bytes

    async def query(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Rows:
        """Run a statement and return its result."""
        return await self._open().query(statement, parameters, min(most_bytes, self._most_bytes))

    async def stream(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Stream:
        """Run a statement and return its result page by page."""
        return await self._open().stream(statement, parameters, min(most_bytes, self._most_bytes))

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
            await self._pool.give(self._key, server.session)

    def _open(self) -> Server[S]:
        if not self._server:
            raise QueryFailed("the connection is closed")
        return self._server
