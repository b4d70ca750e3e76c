"""A guest's statements on its session: one by one, each within its time, results within their size."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from mysql.connector import Error

from atoll.capabilities.mysql.connector.decode import column_of
from atoll.capabilities.mysql.connector.session import Session, size_of
from atoll.capabilities.provider import Failed
from atoll.capabilities.sql import BadParameter, Column, Other, Parameter, QueryFailed, Row, Rows, ValueConversionFailed

_ROWS_AT_ONCE = 32
_PAGE_SECONDS = 0.02
"""Seconds for which rows are collected before they are passed on."""
_TYPES: dict[str, type] = {"boolean": bool, "floating32": float, "floating64": float, "str": str, "binary": bytes}
_RANGES = {f"int{bits}": range(-(1 << bits - 1), 1 << bits - 1) for bits in (8, 16, 32, 64)}
_RANGES |= {f"uint{bits}": range(1 << bits) for bits in (8, 16, 32, 64)}


def values_of(parameters: Sequence[Parameter]) -> list[Any]:
    """The values of parameters, each as its kind allows."""
    for at, (kind, value) in enumerate(parameters, 1):
        if not (
            value is None or type(value) is _TYPES.get(kind) or (type(value) is int and value in _RANGES.get(kind, ()))
        ):
            raise BadParameter(f"parameter {at} is not a valid {kind}")
    return [value for _, value in parameters]


class Server:
    """A session as a guest sees it."""

    def __init__(self, session: Session, seconds: float) -> None:
        self.session = session
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._streaming: Running | None = None

    async def query(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> Rows:
        """Run a statement and return its result."""
        async with self.turn():
            await self._start(statement, parameters)
            running = Running(self, most_bytes)
            await running.finish()
        return Rows(running.columns, running.rows)

    async def stream(self, statement: str, parameters: Sequence[Parameter], most_bytes: int) -> "Running":
        """Run a statement and return its result as it comes."""
        async with self.turn():
            await self._start(statement, parameters)
            self._streaming = Running(self, most_bytes)
            return self._streaming

    async def execute(self, statement: str, parameters: Sequence[Parameter]) -> int:
        """Run a statement and return how many rows it changed."""
        async with self.turn():
            await self._start(statement, parameters)
            while await self.session.next(_ROWS_AT_ONCE):
                pass
        return self.session.touched

    async def settle(self) -> None:
        """Wait for what runs; a stream that was not read to its end has ended here."""
        async with self._lock:
            if self._streaming:
                self._streaming.cut()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have the session alone, for as long as a statement may take; what fails leaves no statement behind."""
        async with self._lock:
            try:
                async with asyncio.timeout(self._seconds):
                    yield
            except BaseException as error:
                await self.session.stop()
                if isinstance(error, TimeoutError):
                    raise QueryFailed(f"the statement took longer than {self._seconds:g} s") from None
                if isinstance(error, Error):
                    raise QueryFailed(str(error)) from None
                if isinstance(error, (ValueError, LookupError)):
                    raise ValueConversionFailed(f"the server sent what cannot be read: {error}") from None
                raise

    async def _start(self, statement: str, parameters: Sequence[Parameter]) -> None:
        """Keep the rest of a stream in memory and run a statement."""
        values = values_of(parameters)
        streaming, self._streaming = self._streaming, None
        if streaming:
            await streaming.park()
        await self.session.start(statement, values)


class Running:
    """The result of a statement on its way."""

    def __init__(self, server: Server, most_bytes: int) -> None:
        self.columns: list[Column] = [column_of(description) for description in server.session.columns]
        self.rows: list[Row] = []
        self._server = server
        self._most = most_bytes
        self._size = 0
        self._ended = not server.session.running
        self._failure: Failed | None = None

    async def page(self) -> list[Row]:
        """The next rows; none at the end."""
        if not self.rows and not self._ended:
            async with self._server.turn():
                await self._step(_ROWS_AT_ONCE, _PAGE_SECONDS)
        if not self.rows and self._failure:
            raise self._failure
        rows, self.rows, self._size = self.rows, [], 0
        return rows

    async def close(self) -> None:
        """Read no further; what is left of the statement ends within the time of a statement."""
        if not self._ended:
            async with self._server.turn():
                self._ended = True
                await self._server.session.linger()
        self.rows = []

    def cut(self) -> None:
        """Never read from the session again: it is another guest's."""
        if not self._ended:
            self._ended, self._failure = True, QueryFailed("the connection is closed")

    async def finish(self) -> None:
        """Take everything, if it is not too much."""
        while not self._ended:
            await self._step(_ROWS_AT_ONCE)
            if self._size > self._most:
                raise Other(f"query result exceeds limit of {self._most} bytes")

    async def park(self) -> None:
        """Take everything; a failure is the stream's own, not the next statement's."""
        try:
            await self.finish()
        except Error as error:
            self._failure = QueryFailed(str(error))
        except Failed as error:
            self._failure = error
            await self._server.session.stop()
        finally:
            self._ended = True

    async def _step(self, most: int, seconds: float | None = None) -> None:
        try:
            rows = await self._server.session.next(most, seconds)
        except BaseException:
            self._ended = True
            raise
        self.rows += rows
        self._size += size_of(rows)
        self._ended = not self._server.session.running
