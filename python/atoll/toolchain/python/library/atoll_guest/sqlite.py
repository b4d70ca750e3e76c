"""SQLite databases, which the manifest grants by `sqlite_databases = ["default"]`.

from atoll_guest import sqlite

with sqlite.open() as database:
    database.execute("INSERT INTO visits (path) VALUES (?)", ["/"])
    for path, count in database.execute("SELECT path, count(*) FROM visits GROUP BY path"):
        ...
"""

from __future__ import annotations

from collections.abc import Sequence

import wit_world.imports.spin_sqlite as wit

from atoll_guest.errors import Refused, translated
from atoll_guest.opened import Opened
from atoll_guest.rows import Result

__all__ = ("Connection", "DatabaseRefused", "Result", "SqliteError", "Value", "open")

Value = int | float | str | bytes | None
"""What SQLite stores. A bool is stored as 0 or 1."""


class SqliteError(Exception):
    """A database could not be opened, or a statement failed."""


class DatabaseRefused(SqliteError, Refused):
    """The manifest does not grant the database."""


class Connection(Opened[wit.Connection]):
    """An open database."""

    def __init__(self, label: str, opened: wit.Connection) -> None:
        super().__init__(opened)
        self.label = label

    def execute(self, statement: str, parameters: Sequence[Value] = ()) -> Result:
        """Run one statement; `?` in it stand for the parameters. Raises SqliteError, TypeError for what SQLite cannot store."""
        given = [_parameter(value) for value in parameters]
        with translated(lambda error: _error(self.label, error)):
            result = self._resource.execute(statement, given)
        return Result(result.columns, [tuple(map(_value, row.values)) for row in result.rows])

    @property
    def last_insert_rowid(self) -> int:
        """The id of the row that was inserted last; 0 where there was none."""
        return self._resource.last_insert_rowid()

    @property
    def changes(self) -> int:
        """How many rows the last statement changed."""
        return self._resource.changes()


def open(label: str = "default") -> Connection:
    """Open a database by its label. Raises DatabaseRefused where the manifest does not name it, SqliteError else."""
    with translated(lambda error: _error(label, error)):
        return Connection(label, wit.Connection.open(label))


def _parameter(value: Value) -> wit.Value:
    match value:
        case None:
            return wit.Value_Null()
        case int():
            return wit.Value_Integer(int(value))
        case float():
            return wit.Value_Real(value)
        case str():
            return wit.Value_Text(value)
        case bytes():
            return wit.Value_Blob(value)
    raise TypeError(f"SQLite stores int, float, str, bytes and None, not {type(value).__name__}")


def _value(value: wit.Value) -> Value:
    return None if isinstance(value, wit.Value_Null) else value.value


def _error(label: str, error: wit.Error) -> SqliteError:
    match error:
        case wit.Error_AccessDenied():
            return DatabaseRefused(
                f'the database `{label}` is not granted: add "{label}" to `sqlite_databases` of the component'
            )
        case wit.Error_NoSuchDatabase():
            return SqliteError(f"there is no database `{label}`: the runtime config names those that there are")
        case wit.Error_InvalidConnection():
            return SqliteError("the connection is closed")
        case wit.Error_DatabaseFull():
            return SqliteError(f"the database `{label}` is full")
        case wit.Error_Io(why):
            return SqliteError(why)
