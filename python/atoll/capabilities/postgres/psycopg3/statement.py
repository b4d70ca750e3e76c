"""A guest's statements on its session: one by one, each within its time, results within their size."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import psycopg
from psycopg.pq.abc import PGresult

from atoll.capabilities.postgres.psycopg3.decode import Kind, builtin_name, kind_of
from atoll.capabilities.postgres.psycopg3.encode import encode
from atoll.capabilities.postgres.psycopg3.errors import query_failed
from atoll.capabilities.postgres.psycopg3.session import Session
from atoll.capabilities.provider import Failed
from atoll.capabilities.sql import Column, Parameter, QueryFailed, Row, Rows, ValueConversionFailed

_ROWS_AT_ONCE = 32
_PAGE_BYTES = 256 * 1024
_CELL_BYTES = 24
"""What a cell counts beside its bytes: the interface's own value has a size."""

TypeNames = Callable[[list[int]], Awaitable[dict[int, str]]]
"""The server's names of types that only it knows."""


class Server:
    """A session as a guest sees it."""

    def __init__(self, session: Session, type_names: TypeNames, seconds: float) -> None:
        self.session = session
        self.type_names = type_names
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._streaming: Running | None = None

    async def query(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Rows:
        """Run a statement and return its result."""
        running = Running(self, most_bytes)
        async with self.turn():
            await self._make_room()
            await self.session.start(statement, encode(parameters), _ROWS_AT_ONCE)
            await running.finish()
        return Rows(running.columns, running.rows)

    async def stream(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> "Running":
        """Run a statement and return its result as it comes."""
        running = Running(self, most_bytes)
        async with self.turn():
            await self._make_room()
            await self.session.start(statement, encode(parameters), 1)
            await running.advance()
            self._streaming = running
        return running

    async def execute(self, statement: str, parameters: Sequence[Parameter]) -> int:
        """Run a statement and return how many rows it touched."""
        touched = 0
        async with self.turn():
            await self._make_room()
            await self.session.start(statement, encode(parameters), _ROWS_AT_ONCE)
            while result := await self.session.next():
                touched = result.command_tuples or touched
        return touched

    async def settle(self) -> None:
        """Wait for what runs; a stream that was not read to its end has ended here."""
        async with self._lock:
            if self._streaming:
                self._streaming.cut()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have the session alone, for as long as a statement may take; what fails leaves no statement behind."""
        async with self._lock:
            self.session.must_end(self._seconds)
            try:
                yield
            except BaseException as error:
                if self.session.running():
                    await self.session.stop()
                if isinstance(error, TimeoutError):
                    raise QueryFailed(f"the statement took longer than {self._seconds:g} s") from None
                if isinstance(error, psycopg.Error):
                    raise query_failed(error) from None
                raise

    async def _make_room(self) -> None:
        """Keep the rest of a stream in memory, so that the session can run another statement."""
        streaming, self._streaming = self._streaming, None
        if streaming:
            await streaming.park()


class Running:
    """The result of a statement on its way."""

    def __init__(self, server: Server, most_bytes: int) -> None:
        self.columns: list[Column] = []
        self.rows: list[Row] = []
        self._server = server
        self._most = most_bytes
        self._size = 0
        self._kinds: list[Kind] | None = None
        self._ended = False
        self._failure: Failed | None = None

    async def page(self) -> list[Row]:
        """The next rows; none at the end."""
        if not self.rows and not self._ended:
            async with self._server.turn():
                await self.advance()
        if not self.rows and self._failure:
            raise self._failure
        rows, self.rows, self._size = self.rows, [], 0
        return rows

    async def close(self) -> None:
        """Read no further; what is left of the statement ends within the time of a statement."""
        if not self._ended:
            async with self._server.turn():
                await self._server.session.linger()
                self._ended = True
        self.rows = []

    async def advance(self) -> None:
        """Take what is there, waiting only for the first row."""
        while not self._ended and self._size < _PAGE_BYTES and (not self.rows or self._server.session.ready()):
            await self._step()

    def cut(self) -> None:
        """Never read from the session again: it is another guest's."""
        if not self._ended:
            self._ended, self._failure = True, QueryFailed("the connection is closed")

    async def finish(self) -> None:
        """Take everything, if it is not too much."""
        while not self._ended:
            await self._step()
            if self._size > self._most:
                raise QueryFailed(f"query result exceeds limit of {self._most} bytes")

    async def park(self) -> None:
        """Take everything; a failure is the stream's own, not the next statement's."""
        try:
            await self.finish()
        except psycopg.Error as error:
            self._failure = query_failed(error)
        except Failed as error:
            self._failure = error
            await self._server.session.stop()
        finally:
            self._ended = True

    async def _step(self) -> None:
        try:
            result = await self._server.session.next()
            if result is None:
                self._ended = True
            else:
                await self._take(result)
        except BaseException:
            self._ended = True
            raise

    async def _take(self, result: PGresult) -> None:
        if self._kinds is None:
            oids = [result.ftype(at) for at in range(result.nfields)]
            self._kinds = [kind_of(oid) for oid in oids]
            self.columns = await self._columns(result, oids, self._kinds)
        for at in range(result.ntuples):
            self.rows.append(self._row(result, at, self._kinds))

    def _row(self, result: PGresult, at: int, kinds: list[Kind]) -> Row:
        cells = []
        for column, kind in enumerate(kinds):
            data = result.get_value(at, column)
            self._size += _CELL_BYTES + (0 if data is None else len(data))
            try:
                cells.append(None if data is None else kind.decode(data))
            except (ValueError, OverflowError, IndexError) as error:
                raise ValueConversionFailed(f"column {self.columns[column].name}: {error}") from None
        return tuple(cells)

    async def _columns(self, result: PGresult, oids: list[int], kinds: list[Kind]) -> list[Column]:
        names = {oid: builtin_name(oid) for oid in oids}
        if unknown := [oid for oid, name in names.items() if name is None]:
            names.update(await self._server.type_names(unknown))
        return [
            Column((result.fname(at) or b"").decode(), kind.name, names[oid] or str(oid))
            for at, (oid, kind) in enumerate(zip(oids, kinds, strict=True))
        ]
