"""A libSQL server (sqld, Turso), spoken to in Hrana over HTTP: https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_2_SPEC.md.

A guest's connection is one stream of the server: requests that carry on each other's baton. The server ends a stream
that is not used for some seconds; where nothing was open in it, the next statement begins another.
"""

import asyncio
import re
from contextlib import suppress
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

import httpx

from atoll.capabilities.provider import Place
from atoll.capabilities.remote import Pooled
from atoll.capabilities.sqlite.provider import InvalidConnection, Rows, Value
from atoll.capabilities.sqlite.providers.hrana import Gone, Results, Server, argument, rows
from atoll.manifest.fields import Doc

_BEGINS = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:BEGIN|SAVEPOINT|CREATE\s+TEMP)", re.IGNORECASE | re.DOTALL)
_ENDS = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:COMMIT|END|ROLLBACK(?!\s+(?:TRANSACTION\s+)?TO\b))", re.IGNORECASE | re.DOTALL
)


class LibsqlConfig(Pooled, frozen=True, kw_only=True):
    """The keys beside `type = "libsql"`."""

    url: Annotated[str, Doc("The server, `https://` or `http://`.")]
    token: Annotated[str, Doc("Sent as a bearer token; empty for a server that asks for none.")]
    max_connections: Annotated[int, Doc("How many requests are under way at most.")] = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("`url` must begin with https:// or http://")
        if parts.username or parts.password:
            raise ValueError("`url` must not hold a password: name it in `token`")


class Libsql:
    """The database behind one URL."""

    Config: ClassVar = LibsqlConfig

    def __init__(self, config: LibsqlConfig, place: Place) -> None:
        del place
        headers = {"authorization": f"Bearer {config.token}"} if config.token else {}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=config.max_connections)
        timeout = httpx.Timeout(None, connect=config.connect_seconds)
        client = httpx.AsyncClient(headers=headers, limits=limits, timeout=timeout, trust_env=False)
        self._server = Server(client, config.url.rstrip("/"), config.seconds, config.max_connections)

    async def open(self) -> "LibsqlConnection":
        """A connection, of which the server learns with its first statement."""
        return LibsqlConnection(self._server)

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._server.close()


class LibsqlConnection:
    """One stream of the server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._turn = asyncio.Lock()
        self._baton: str | None = None
        self._url = server.url
        # Whether something is open in the stream that would be lost with it.
        self._holds = False
        self._lost = False
        self._rowid = 0
        self._changes = 0

    async def execute(self, statement: str, parameters: list[Value]) -> Rows:
        """Run one statement."""
        arguments = [argument(value) for value in parameters]
        async with self._turn:
            [result] = await self._ask([{"type": "execute", "stmt": {"sql": statement, "args": arguments}}])
            if _BEGINS.match(statement):
                self._holds = True
            elif _ENDS.match(statement):
                self._holds = False
            answer = result["result"]
            self._changes = int(answer.get("affected_row_count") or 0)
            if answer.get("last_insert_rowid") is not None:
                self._rowid = int(answer["last_insert_rowid"])
            return rows(answer)

    async def last_insert_rowid(self) -> int:
        """As the server told it last."""
        return self._rowid

    async def changes(self) -> int:
        """As the server told it last."""
        return self._changes

    async def run_script(self, statements: str) -> None:
        """Run all statements."""
        async with self._turn:
            await self._ask([{"type": "sequence", "sql": statements}])

    async def close(self) -> None:
        """End the stream, which undoes what is not committed."""
        if self._baton is not None:
            with suppress(Exception):  # the server ends it by itself after a while
                await self._server.ask(self._url, self._baton, [{"type": "close"}])
            self._baton = None

    async def _ask(self, requests: list[dict[str, Any]]) -> Results:
        if self._lost:
            raise InvalidConnection("the connection was lost; open another one")
        baton, self._baton = self._baton, None
        self._lost = True  # until the answer is here: a stream is never used by halves
        try:
            answer = await self._server.ask(self._url, baton, requests)
        except Gone:
            if self._holds or baton is None:
                raise InvalidConnection("the server has ended the connection, and what was open in it") from None
            self._url = self._server.url
            answer = await self._server.ask(self._url, None, requests)
        self._baton, self._lost = answer.baton, False
        self._url = answer.base_url or self._url
        return answer.results()
