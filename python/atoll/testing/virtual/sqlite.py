"""A database of SQLite's own library, in a file that goes with the test.

Guests' statements are run as they are: what the data plane would refuse beyond other files, such as some pragmas, is
not refused here.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from atoll.capabilities.sqlite.provider import DatabaseFull, Io, Rows, Value

# Seconds that a statement waits for another connection's lock.
_PATIENCE = 5.0


class Database:
    """What a test sees of a database: it runs statements on a connection of its own."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with closing(_connected(file)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

    def execute(self, statement: str, *parameters: Value) -> list[tuple[Any, ...]]:
        """Run one statement, in a transaction of its own; its rows. Raises sqlite3.Error."""
        with closing(_connected(self.file)) as connection:
            return connection.execute(statement, parameters).fetchall()

    def run(self, script: str) -> None:
        """Run statements, one after the other. Raises sqlite3.Error."""
        with closing(_connected(self.file)) as connection:
            connection.executescript(script)

    def __repr__(self) -> str:
        tables = self.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        return f"<database: {', '.join(name for (name,) in tables) or 'no tables'}>"


class Served:
    """What guests ask: the protocol `atoll.capabilities.sqlite.Database`."""

    def __init__(self, database: Database) -> None:
        self._file = database.file

    def open(self) -> "Connection":
        """A connection for one guest."""
        return Connection(self._file)


class Connection:
    """One guest's connection: it begins with its first statement."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._turn = Lock()
        self._opened: sqlite3.Connection | None = None

    def execute(self, statement: str, parameters: list[Value]) -> Rows:
        """Run one statement."""
        with self._asking() as connection, closing(connection.execute(statement, parameters)) as cursor:
            columns = [name for name, *_ in cursor.description or ()]
            rows: list[Sequence[Value]] = cursor.fetchall()
            return Rows(columns, rows)

    def last_insert_rowid(self) -> int:
        """Of the last row that this connection inserted."""
        with self._asking() as connection:
            rowid: int = connection.execute("SELECT last_insert_rowid()").fetchone()[0]
            return rowid

    def changes(self) -> int:
        """How many rows the last statement that changes any has changed."""
        with self._asking() as connection:
            changed: int = connection.execute("SELECT changes()").fetchone()[0]
            return changed

    def run_script(self, statements: str) -> None:
        """Run all statements."""
        with self._asking() as connection:
            connection.executescript(statements)

    def close(self) -> None:
        """Undo what is not committed."""
        with self._turn:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def __repr__(self) -> str:
        return "<connection>"

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        """One at a time. What SQLite raises is told to the guest."""
        with self._turn:
            if self._opened is None:
                self._opened = _connected(self._file)
                self._opened.set_authorizer(_authorize)
            try:
                yield self._opened
            except sqlite3.Error as error:
                full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
                raise (DatabaseFull if full else Io)(str(error)) from error


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    # It ends with the test, whatever becomes of the machine.
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _authorize(action: int, what: str | None, *_: object) -> int:
    """No guest reaches another file. Without a name it is SQLite's own temporary one, for VACUUM."""
    reaches = action == sqlite3.SQLITE_ATTACH and what != ""
    return sqlite3.SQLITE_DENY if reaches or action == sqlite3.SQLITE_DETACH else sqlite3.SQLITE_OK
