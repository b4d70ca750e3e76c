"""MySQL and MariaDB servers by address, through MySQL Connector/Python, with pools that all calls share."""

import ssl
from functools import partial
from typing import ClassVar

from msgspec import Struct

from atoll.capabilities.authorities import ca_roots
from atoll.capabilities.mysql.address import Address, BadAddress, parse
from atoll.capabilities.provider import Place
from atoll.capabilities.sql import ConnectionFailed
from atoll.capabilities.sql_servers import Keys, Lease, Servers

try:
    from atoll.capabilities.mysql.connector.client import Client, connect
    from atoll.capabilities.mysql.connector.session import Session
    from atoll.capabilities.mysql.connector.statement import Server
except ImportError as error:
    raise ImportError(f"outbound MySQL needs MySQL Connector/Python ({error}): pip install 'atoll[mysql]'") from error


class MysqlConfig(Keys, kw_only=True):
    """The keys of `[outbound_mysql]`."""


class MysqlServers(Servers[str, Session]):
    """MySQL and MariaDB, by address."""

    Config: ClassVar[type[Struct]] = MysqlConfig

    def __init__(self, config: MysqlConfig, place: Place) -> None:
        super().__init__(config)
        self._config = config
        self._ca_file = ca_roots(config.ca_roots_file, place)

    def endpoints(self, address: str) -> list[tuple[str, int]]:
        """The host and port that `open` connects to."""
        parsed = _parsed(address)
        return [(parsed.host, parsed.port)]

    async def open(self, address: str) -> Lease[str, Session]:
        """A connection of its own for the caller."""
        return await self.lease(address)

    async def _session(self, key: str) -> Session:
        another = partial(self._connect, key)
        return Session(await another(), another, self._config.connect_timeout, self._config.idle_timeout)

    async def _connect(self, address: str) -> Client:
        return await connect(_parsed(address), self._trusted, self._config.connect_timeout)

    def _served(self, key: str, session: Session) -> Server:
        return Server(session, self._config.operation_timeout)

    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._ca_file)


def _parsed(address: str) -> Address:
    try:
        return parse(address)
    except BadAddress as error:
        raise ConnectionFailed(str(error)) from None
