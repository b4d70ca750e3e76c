"""MySQL, on servers that the manifest grants by `allowed_outbound_hosts = ["mysql://HOST:PORT"]`.

from atoll_guest import mysql

with mysql.open("mysql://user:password@localhost/shop") as database:
    database.query("SELECT name FROM pets WHERE age > ?", [3]).rows
"""

from __future__ import annotations

from collections.abc import Sequence

import wit_world.imports.spin_mysql as wit
import wit_world.imports.spin_rdbms_types as types

from atoll_guest.errors import translated
from atoll_guest.opened import Opened
from atoll_guest.rows import Result

__all__ = ("Connection", "MysqlError", "Value", "open")

Value = bool | int | float | str | bytes | None
"""What parameters may be, and what columns give; dates and decimals are text."""


class MysqlError(Exception):
    """A server could not be asked, or a statement failed."""


class Connection(Opened[wit.Connection]):
    """A connection to a database."""

    def query(self, statement: str, parameters: Sequence[Value] = ()) -> Result:
        """Run a statement that gives rows; `?` in it stand for the parameters. Raises MysqlError, TypeError."""
        given = [_parameter(value) for value in parameters]
        with translated(_error):
            result = self._resource.query(statement, given)
        return Result([column.name for column in result.columns], [tuple(map(_value, row)) for row in result.rows])

    def execute(self, statement: str, parameters: Sequence[Value] = ()) -> None:
        """Run a statement that gives none. Raises MysqlError, TypeError."""
        given = [_parameter(value) for value in parameters]
        with translated(_error):
            self._resource.execute(statement, given)


def open(address: str) -> Connection:
    """Connect to `mysql://USER:PASSWORD@HOST:PORT/DATABASE`. Raises MysqlError, also where the manifest does not allow the host."""
    with translated(_error):
        return Connection(wit.Connection.open(address))


def _parameter(value: Value) -> types.ParameterValue:
    match value:
        case None:
            return types.ParameterValue_DbNull()
        case bool():
            return types.ParameterValue_Boolean(value)
        case int():
            return types.ParameterValue_Int64(value)
        case float():
            return types.ParameterValue_Floating64(value)
        case str():
            return types.ParameterValue_Str(value)
        case bytes():
            return types.ParameterValue_Binary(value)
    raise TypeError(f"a parameter is bool, int, float, str, bytes or None, not {type(value).__name__}")


def _value(value: types.DbValue) -> Value:
    match value:
        case types.DbValue_DbNull():
            return None
        case types.DbValue_Unsupported():
            raise MysqlError("a column has a type that cannot be carried: convert it in the statement, as by CAST")
        case known:
            return known.value


def _error(error: types.Error) -> MysqlError:
    match error:
        case types.Error_ConnectionFailed(why):
            return MysqlError(f"no connection: {why}")
        case other:
            return MysqlError(other.value)
