"""A connection and the statement that runs on it: one at a time, its result taken piece by piece.

Whatever stops a statement — an error, a limit, a timeout, a cancelled task — leaves a connection that is either idle
again or known to be unusable.
"""

import asyncio
import select
from contextlib import suppress
from math import inf
from time import monotonic
from typing import TypeVar, cast

import psycopg
from psycopg import AsyncConnection, generators, waiting
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from atoll.capabilities.postgres.psycopg3.encode import BINARY, Encoded, encode, text
from atoll.capabilities.sql import QueryFailed

T = TypeVar("T")

_ROWS = {ExecStatus.SINGLE_TUPLE, ExecStatus.TUPLES_CHUNK, ExecStatus.TUPLES_OK}
_DONE = {ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY}
_AT_ONCE = 1000
"""Rows that are forgotten before others on the loop get their turn."""
_TYPE_NAMES = "SELECT oid::int8, typname FROM pg_catalog.pg_type WHERE oid::int8 = ANY($1)"
_STOP = 2.0
"""Seconds in which a server stops a statement, or loses the connection."""
_WAKE = 60.0
_LINGER = 2.0
"""Seconds for a statement whose rows nobody wants any more: its effect may still be wanted."""


class Session:
    """One connection; `patience` seconds are enough for what is no guest's statement."""

    def __init__(self, connection: AsyncConnection, patience: float, may_idle: float) -> None:
        self._connection = connection
        self._pq = connection.pgconn
        self._pq.notify_handler = None
        self._patience = patience
        self.may_idle = may_idle
        self._used = False
        self._until = inf

    def must_end(self, seconds: float) -> None:
        """What is waited for from now on must be there within so many seconds, or TimeoutError is raised."""
        self._until = monotonic() + seconds

    async def start(self, statement: str, parameters: Encoded, rows_at_once: int) -> None:
        """Send a statement; its results are for `next`."""
        self._used = True
        try:
            self._pq.send_query_params(
                text(statement),
                parameters.values,
                param_types=parameters.types,
                param_formats=parameters.formats,
                result_format=BINARY,
            )
        except ValueError as error:
            raise QueryFailed(str(error)) from None
        if rows_at_once > 1:
            self._pq.set_chunked_rows_mode(rows_at_once)
        else:
            self._pq.set_single_row_mode()
        # Most statements are on their way by now.
        if self._pq.flush():
            await self._wait(generators.send(self._pq))

    async def next(self) -> PGresult | None:
        """The next piece of the result, none when the statement has ended."""
        result = self._pq.get_result() if not self._pq.is_busy() else await self._wait(generators.fetch(self._pq))
        if result is None or result.status in _ROWS or result.status in _DONE:
            return result
        if result.status != ExecStatus.FATAL_ERROR:
            self._pq.finish()
            raise QueryFailed("COPY to or from the guest is not supported")
        error = error_from_result(result)
        with suppress(psycopg.Error):
            while await self._wait(generators.fetch(self._pq)):
                pass
        raise error

    def ready(self) -> bool:
        """Whether `next` returns at once."""
        return not self._pq.is_busy()

    def running(self) -> bool:
        """Whether a statement has not been read to its end."""
        return bool(self._pq.transaction_status == TransactionStatus.ACTIVE)

    async def stop(self) -> None:
        """Have the server give up the statement that runs, and forget what is left of it."""
        self._until = inf
        try:
            async with asyncio.timeout(_STOP):
                await self._connection.cancel_safe(timeout=_STOP)
                await self._wait(generators.send(self._pq))
                await self._forget()
        except (psycopg.Error, TimeoutError):
            self._pq.finish()

    async def linger(self) -> None:
        """Let the statement run to its end without its rows, if that does not take long."""
        try:
            async with asyncio.timeout(_LINGER):
                await self._forget()
        except TimeoutError:
            await self.stop()

    async def type_names(self, oids: list[int]) -> dict[int, str]:
        """The names of types that are not built in."""
        self.must_end(self._patience)
        await self.start(_TYPE_NAMES, encode([("array-int64", oids)]), 1)
        names = {}
        while result := await self.next():
            if result.ntuples:
                oid, name = result.get_value(0, 0) or b"", result.get_value(0, 1) or b""
                names[int.from_bytes(oid, "big")] = name.decode()
        return names

    async def _forget(self) -> None:
        while self.running():
            with suppress(psycopg.DatabaseError, QueryFailed):
                for _ in range(_AT_ONCE):
                    if not await self.next():
                        break
            await asyncio.sleep(0)

    async def alive(self) -> bool:
        """Whether the server has said nothing: to an idle connection it says only that it ends."""
        if self._pq.status != ConnStatus.OK:
            return False
        poll = select.poll()
        poll.register(self._pq.socket, select.POLLIN)
        return not poll.poll(0)

    async def reset(self) -> bool:
        """Leave nothing of the session: transaction, settings, role, temporary tables, locks, prepared statements."""
        if not self._used:
            return await self.alive()
        self._until = inf
        try:
            async with asyncio.timeout(self._patience):
                await self.linger()
                if self._pq.transaction_status != TransactionStatus.IDLE:
                    await self._run("ROLLBACK")
                await self._run("DISCARD ALL")
        except (psycopg.Error, TimeoutError):
            return False
        self._used = False
        return bool(self._pq.transaction_status == TransactionStatus.IDLE)

    def finish(self) -> None:
        """End the connection at once."""
        self._pq.finish()

    async def close(self) -> None:
        """End the connection."""
        self.finish()

    async def _run(self, statement: str) -> None:
        await self.start(statement, encode([]), 1)
        while await self.next():
            pass

    async def _wait(self, steps: PQGen[T]) -> T:
        # Not by the connection's own `wait`: when it is cancelled it waits ten seconds for a server that is gone.
        interval = min(max(self._until - monotonic(), 0), _WAKE)
        try:
            return await waiting.wait_async(_in_time(steps, self._until), self._pq.socket, interval=interval)
        except _Late:
            raise TimeoutError from None


class _Late(Exception):
    """As TimeoutError, which the wait would take for a closed socket."""


def _in_time(steps: PQGen[T], until: float) -> PQGen[T]:
    """The same steps, or `_Late`: the wait has a timer anyway, `asyncio.timeout` would take one more."""
    try:
        state = next(steps)
        while True:
            ready = yield state
            if monotonic() >= until:
                raise _Late
            state = steps.send(ready)
    except StopIteration as ended:
        return cast("T", ended.value)
