"""PostgreSQL, on servers that the manifest grants by `allowed_outbound_hosts = ["postgres://HOST:PORT"]`.

from atoll_guest import postgres

with postgres.open("postgres://user:password@localhost/shop") as database:
    database.query("SELECT name FROM pets WHERE age > $1", [3]).rows
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import wit_world.imports.spin_postgres as wit

from atoll_guest.errors import translated
from atoll_guest.opened import Opened
from atoll_guest.postgres_values import Interval, Range, Unsupported, parameter, value
from atoll_guest.rows import Result

__all__ = ("Connection", "Interval", "PostgresError", "Range", "Unsupported", "open")


class PostgresError(Exception):
    """A server could not be asked, or a statement failed. `code` is PostgreSQL's own, such as `23505`, where it gave one."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class Connection(Opened[wit.Connection]):
    """A connection to a database.

    Parameters are None, bool, int, float, str, bytes, Decimal, uuid.UUID, date, time, datetime (with a time zone it is a moment),
    Interval, Range, lists of int, str or Decimal, and dict for JSON. Columns give the same.
    """

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> Result:
        """Run a statement that gives rows; `$1` and so on stand for the parameters. Raises PostgresError, TypeError."""
        given = [parameter(each) for each in parameters]
        with translated(_error):
            result = self._resource.query(statement, given)
        return Result([column.name for column in result.columns], [tuple(map(value, row)) for row in result.rows])

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that gives none; how many rows it changed. Raises PostgresError, TypeError."""
        given = [parameter(each) for each in parameters]
        with translated(_error):
            return self._resource.execute(statement, given)


def open(address: str, *, ca_root: str | None = None) -> Connection:
    """Connect to `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; `ca_root` is a certificate (PEM) to trust.

    Raises PostgresError, also where the manifest does not allow the host.
    """
    with translated(_error):
        if ca_root is None:
            return Connection(wit.Connection.open(address))
        builder = wit.ConnectionBuilder(address)
        builder.set_ca_root(ca_root)
        return Connection(builder.build())


def _error(error: wit.Error) -> PostgresError:
    match error:
        case wit.Error_ConnectionFailed(why):
            return PostgresError(f"no connection: {why}")
        case wit.Error_QueryFailed(wit.QueryError_DbError(said)):
            return PostgresError(said.as_text, said.code)
        case wit.Error_QueryFailed(wit.QueryError_Text(why)):
            return PostgresError(why)
        case other:
            return PostgresError(str(other.value))
