"""PostgreSQL servers by address, through psycopg 3, with pools that all calls of the process share."""

from functools import partial
from typing import ClassVar

from msgspec import Struct

from atoll.capabilities.authorities import ca_roots
from atoll.capabilities.pool import Full, Pool
from atoll.capabilities.postgres.address import Address, BadAddress, parse
from atoll.capabilities.provider import Place
from atoll.capabilities.sql import ConnectionFailed
from atoll.capabilities.sql_servers import Keys, Lease, Servers

try:
    import psycopg

    from atoll.capabilities.postgres.psycopg3.connect import check_ca_root, connect
    from atoll.capabilities.postgres.psycopg3.session import Session
    from atoll.capabilities.postgres.psycopg3.statement import Server
except ImportError as error:
    raise ImportError(f"outbound PostgreSQL needs psycopg ({error}): pip install 'atoll[postgres]'") from error


Key = tuple[str, str | None]
"""An address and, where the guest names one, the authority to trust."""


class PostgresConfig(Keys, kw_only=True):
    """The keys of `[outbound_pg]`."""


class PostgresServers(Servers[Key, Session]):
    """PostgreSQL, by address and, where the guest names one, authority."""

    Config: ClassVar[type[Struct]] = PostgresConfig

    def __init__(self, config: PostgresConfig, place: Place) -> None:
        super().__init__(config)
        self._config = config
        self._ca_file = ca_roots(config.ca_roots_file, place)

    def endpoints(self, address: str) -> list[tuple[str, int]]:
        """Every host and port that `open` may connect to."""
        return list(_parsed(address).endpoints)

    async def open(self, address: str, ca_root: str | None = None) -> Lease[Key, Session]:
        """A connection of its own for the caller."""
        return await self.lease((address, ca_root))

    def check_ca_root(self, ca_root: str) -> None:
        """Fail unless this is PEM with a certificate."""
        check_ca_root(ca_root)

    async def _session(self, key: Key) -> Session:
        address, ca_root = key
        seconds = self._config.connect_timeout
        connection = await connect(_parsed(address), ca_root, self._ca_file, seconds)
        return Session(connection, seconds, self._config.idle_timeout)

    def _served(self, key: Key, session: Session) -> Server:
        return Server(session, partial(_type_names, self._pool, key), self._config.operation_timeout)


def _parsed(address: str) -> Address:
    try:
        return parse(address)
    except BadAddress as error:
        raise ConnectionFailed(str(error)) from None


async def _type_names(pool: Pool[Key, Session], key: Key, oids: list[int]) -> dict[int, str]:
    """Ask on another connection, as the guest's is busy; without one that is free, types have no names."""
    if not pool.free(key):
        return {}
    try:
        session = await pool.take(key)
    except (ConnectionFailed, Full):
        return {}
    try:
        return await session.type_names(oids)
    except (psycopg.Error, TimeoutError):
        return {}
    finally:
        await pool.give(key, session)
