"""The connector's connection, with what this room does not leave to it.

* TLS checks that the certificate is for the host: the connector passes no name to the handshake.
* The server chooses only among ways to prove a password: others read files of the host.
* Rows are read by `decode.py`, fewer than asked for if they are large. An error of the server between rows is raised:
  the connector repeats a row and goes on reading.
* The server learns nothing of the host but its address: no process id, no host name.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from mysql.connector import Error, NotSupportedError
from mysql.connector.aio import MySQLConnection
from mysql.connector.aio.authentication import MySQLAuthenticator
from mysql.connector.aio.protocol import MySQLProtocol
from mysql.connector.constants import ClientFlag
from mysql.connector.errors import get_exception

from atoll.capabilities.mysql.address import Address
from atoll.capabilities.mysql.connector.decode import row_of
from atoll.capabilities.sql import ConnectionFailed, Row

_END = 254
_NO_ROLES = {"42000", "42S22", "HY000"}
PIECE_BYTES = 256 * 1024
"""Rows are collected up to about so many bytes before they are measured or passed on."""
_PASSWORDS = {"mysql_native_password", "caching_sha2_password", "sha256_password", "mysql_clear_password"}


class _Authenticator(MySQLAuthenticator):
    def _switch_auth_strategy(self, new_strategy_name: str, *arguments: Any, **named: Any) -> None:
        if new_strategy_name not in _PASSWORDS:
            raise NotSupportedError(f"authentication by {new_strategy_name} is not supported")
        super()._switch_auth_strategy(new_strategy_name, *arguments, **named)


class _Protocol(MySQLProtocol):
    async def read_binary_result(  # type: ignore[override]
        self,
        sock: Any,
        columns: list[Any],
        count: int = 1,
        charset: str = "utf-8",
        read_timeout: int | None = None,
    ) -> tuple[list[Any], Any]:
        rows: list[Row] = []
        size = 0
        while len(rows) != count and size < PIECE_BYTES:
            packet = await sock.read(read_timeout)
            size += len(packet)
            if packet[4] == 0:
                rows.append(row_of(columns, bytes(packet[5:])))
            elif packet[4] == _END:
                return rows, self.parse_eof(packet)
            else:
                raise get_exception(packet)
        return rows, None


class Client(MySQLConnection):
    """A connection to one server; `tls` is what to trust, none for a connection without TLS."""

    def __init__(self, tls: ssl.SSLContext | None, **settings: Any) -> None:
        super().__init__(**settings)
        self._tls = tls
        self.first_role: Any = None
        self._authenticator = _Authenticator()
        self._protocol = _Protocol()
        self.client_flags = [-ClientFlag.CONNECT_ARGS, -ClientFlag.LOCAL_FILES]

    async def _do_handshake(self) -> None:
        await super()._do_handshake()
        if self._handshake and self._handshake["auth_plugin"] not in _PASSWORDS:
            self._handshake["auth_plugin"] = "mysql_native_password"
        if self._tls:
            socket: Any = self._socket
            socket.switch_to_ssl = self._secure

    async def _post_connection(self) -> None:
        """Set nothing: the handshake has named the character set, the rest is as the server has it."""

    async def anew(self) -> bool:
        """Log in again, so that the server forgets everything, and say whether it has.

        Its lighter reset keeps the chosen database, and MariaDB keeps the role even so.
        """
        await self.cmd_change_user(self._user or "", self._password or "", self._database or "")
        return bool(await self.role() == self.first_role)

    async def role(self) -> Any:
        """The role that the session has taken."""
        try:
            await self.cmd_query("SELECT CURRENT_ROLE()")
        except Error as error:
            if error.sqlstate not in _NO_ROLES:
                raise
            return None
        rows, _ = await self.get_rows(raw=True)
        return rows

    async def _secure(self, _: ssl.SSLContext) -> None:
        socket: Any = self._socket
        await socket._writer.start_tls(self._tls, server_hostname=self._host)

    async def next_result(self) -> Any:
        """What follows a result that is not the last one, as the result of an execution."""
        socket: Any = self._socket
        return await self._handle_binary_result(await socket.read())


async def connect(address: Address, trusted: Callable[[], ssl.SSLContext], seconds: float) -> Client:
    """A new connection, or `ConnectionFailed` within so many seconds."""
    client = Client(
        trusted() if address.tls else None,
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database or None,
        charset="utf8mb4",
        collation="utf8mb4_general_ci",
        ssl_disabled=not address.tls,
        ssl_verify_cert=address.tls,
        ssl_verify_identity=address.tls,
        allow_local_infile=False,
        connection_timeout=None,
    )
    try:
        async with asyncio.timeout(seconds):
            await client.connect()
            client.first_role = await client.role()
    except TimeoutError:
        await client.shutdown()
        raise ConnectionFailed(f"no connection within {seconds:g} s") from None
    except (Error, OSError, ssl.SSLError, UnicodeError, LookupError) as error:
        await client.shutdown()
        raise ConnectionFailed(str(error)) from None
    except BaseException:
        await client.shutdown()
        raise
    return client
