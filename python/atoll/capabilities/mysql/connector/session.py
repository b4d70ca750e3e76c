"""A connection and the statement that runs on it: prepared, executed, its rows taken a few at a time.

The connection is never left in the middle of a packet: what runs when a task is cancelled is told to stop by another
connection, and is read to its end.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from mysql.connector import Error

from atoll.capabilities.mysql.connector.client import PIECE_BYTES, Client
from atoll.capabilities.mysql.connector.decode import Description
from atoll.capabilities.provider import Failed
from atoll.capabilities.sql import QueryFailed, Row

T = TypeVar("T")

_STOP = 2.0
"""Seconds in which a server stops a statement, or loses the connection."""
_LINGER = 2.0
"""Seconds for a statement whose rows nobody wants any more: its effect may still be wanted."""
_AT_ONCE = 64
_CELL_BYTES = 24
"""What a cell counts beside its bytes: the interface's own value has a size."""
_CLIENT_ERRORS = range(2000, 3000)


def size_of(rows: list[Row]) -> int:
    """What rows count against the limit of a result."""
    return sum(_CELL_BYTES + (len(cell) if isinstance(cell, str | bytes) else 0) for row in rows for cell in row)


class Session:
    """One connection; `patience` seconds are enough for what is no guest's statement."""

    def __init__(
        self, client: Client, another: Callable[[], Awaitable[Client]], patience: float, may_idle: float
    ) -> None:
        self._client = client
        self._another = another
        self._patience = patience
        self.may_idle = may_idle
        self._broken = False
        self._used = False
        self._statement: int | None = None
        self.columns: list[Description] = []
        self.running = False
        """Whether a result has not been read to its end."""
        self.touched = 0

    async def start(self, statement: str, values: Sequence[Any]) -> None:
        """Prepare and execute; `columns` and `next` are about the result."""
        if self._broken:
            raise QueryFailed("the connection is closed")
        self._used = True
        await self._whole(self._start(statement, values))

    async def next(self, most: int, seconds: float | None = None) -> list[Row]:
        """So many rows of the result, fewer at its end or after some seconds; none when it has ended."""
        return await self._whole(self._next(most, seconds)) if self.running else []

    async def stop(self) -> None:
        """Have the server give up the statement that runs, and forget what is left of it."""
        if self.running and not self._broken:
            await self._kill()
            try:
                async with asyncio.timeout(_STOP):
                    await self._forget()
            except TimeoutError:
                self._broken = True

    async def linger(self) -> None:
        """Let the statement run to its end without its rows, if that does not take long."""
        try:
            async with asyncio.timeout(_LINGER):
                await self._forget()
        except TimeoutError:
            await self.stop()

    async def alive(self) -> bool:
        """Whether the server has said nothing: to an idle connection it says only that it ends."""
        reader = self._client._socket._reader if self._client._socket else None
        if self._broken or reader is None or reader.exception():
            return False
        return not reader.at_eof() and not getattr(reader, "_buffer", b"")

    async def reset(self) -> bool:
        """Leave nothing of the session: transaction, variables, tables, locks, statements, role, database."""
        await self.linger()
        if not self._used or not await self.alive():
            return await self.alive()
        try:
            async with asyncio.timeout(self._patience):
                self._used = not await self._client.anew()
        except (Error, OSError, TimeoutError):
            return False
        return not self._used

    async def close(self) -> None:
        """End the connection."""
        if await self.alive() and not self.running:
            with suppress(Exception):
                async with asyncio.timeout(1):
                    await self._client.cmd_quit()
        await self._client.shutdown()
        self._broken = True

    def finish(self) -> None:
        """Never use this connection again."""
        self._broken = True

    async def _start(self, statement: str, values: Sequence[Any]) -> None:
        prepared = await self._client.cmd_stmt_prepare(statement.encode())
        self._statement, expected = int(prepared["statement_id"]), int(prepared["num_params"])
        try:
            if len(values) != expected:
                raise QueryFailed(f"the statement takes {expected} parameters but {len(values)} were given")
            executed = await self._client.cmd_stmt_execute(
                self._statement,
                tuple(values),
                prepared["parameters"] if values else (),
            )
        except BaseException:
            await self._end()
            raise
        if isinstance(executed, dict):
            self.columns, self.touched = [], int(executed.get("affected_rows") or 0)
            await self._end()
        else:
            self.columns, self.touched = list(executed[1]), 0
            self.running = self._client.unread_result = True

    async def _next(self, most: int, seconds: float | None) -> list[Row]:
        rows: list[Row] = []
        until = time.monotonic() + (seconds or 0)
        try:
            while not rows or (
                len(rows) < most and time.monotonic() < until and size_of(rows[-1:]) < PIECE_BYTES // most
            ):
                more, eof = await self._client.get_rows(count=1 if seconds else most, binary=True, columns=self.columns)
                rows += more
                if eof is not None:
                    await self._rest()
                    await self._end()
                    break
        except BaseException as error:
            # Whatever the server did not say itself leaves rows unread.
            self.running, self._broken = False, self._broken or not isinstance(error, Error)
            raise
        return rows

    async def _rest(self) -> None:
        """Results that follow the first one, as those of a procedure: they have no place in the interface."""
        while self._client._have_next_result:
            following = await self._client.next_result()
            if not isinstance(following, dict):
                self._client.unread_result = True
                while (await self._client.get_rows(count=_AT_ONCE, binary=True, columns=list(following[1])))[1] is None:
                    pass

    async def _end(self) -> None:
        self.running = False
        if self._statement is not None:
            statement, self._statement = self._statement, None
            await self._client.cmd_stmt_close(statement)

    async def _forget(self) -> None:
        while self.running and not self._broken:
            with suppress(Failed, Error):
                await self.next(_AT_ONCE)

    async def _whole(self, steps: Coroutine[Any, Any, T]) -> T:
        """Do this to its end, whatever becomes of the task that wants it."""
        task = asyncio.ensure_future(steps)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await self._stop(task)
            raise
        except Error as error:
            # Errors of the server leave a connection in order, the client's own do not.
            self._broken = self._broken or error.sqlstate is None or (error.errno or 0) in _CLIENT_ERRORS
            self.running = self.running and not self._broken
            raise
        except Failed:
            raise
        except BaseException:
            self._broken, self.running = True, False
            raise

    async def _stop(self, task: "asyncio.Future[Any]") -> None:
        await self._kill()
        await asyncio.wait({task}, timeout=_STOP)
        if not task.done():
            task.cancel()
            self._broken, self.running = True, False
        with suppress(BaseException):
            await task

    async def _kill(self) -> None:
        """Tell the server, over another connection, to stop what runs on this one."""
        try:
            async with asyncio.timeout(_STOP):
                other = await self._another()
                try:
                    await other.cmd_query(f"KILL QUERY {int(self._client.connection_id or 0)}")
                finally:
                    await other.shutdown()
        except (Failed, Error, OSError, TimeoutError):
            self._broken = True
