"""The users in their table, and how that became what it is."""

from typing import Any, NamedTuple

from spin_sdk import sqlite
from spin_sdk.wit.imports.spin_sqlite_sqlite_3_1_0 import Value_Null

# Each is run once, in this order; `PRAGMA user_version` counts them.
MIGRATIONS = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "ALTER TABLE users ADD COLUMN email TEXT",
    "CREATE UNIQUE INDEX users_by_email ON users (email)",
)


class User(NamedTuple):
    id: int
    name: str
    email: str | None


class Users:
    def __init__(self, connection: sqlite.Connection) -> None:
        self._connection = connection

    async def migrate(self) -> None:
        """Bring the tables up to date. Of several requests that try at once, one does it."""
        if await self._version() == len(MIGRATIONS):
            return
        await self._run("BEGIN IMMEDIATE")
        for migration in MIGRATIONS[await self._version() :]:
            await self._run(migration)
        await self._run(f"PRAGMA user_version = {len(MIGRATIONS)}")
        await self._run("COMMIT")

    async def all(self) -> list[User]:
        return [User(*row) for row in await self._run("SELECT id, name, email FROM users ORDER BY id")]

    async def find(self, id: int) -> User | None:
        rows = await self._run("SELECT id, name, email FROM users WHERE id = ?", id)
        return User(*rows[0]) if rows else None

    async def add(self, name: str, email: str | None) -> User:
        [row] = await self._run("INSERT INTO users (name, email) VALUES (?, ?) RETURNING id, name, email", name, email)
        return User(*row)

    async def remove(self, id: int) -> bool:
        await self._run("DELETE FROM users WHERE id = ?", id)
        return await self._connection.changes() > 0

    async def _version(self) -> int:
        [[version]] = await self._run("PRAGMA user_version")
        return version

    async def _run(self, statement: str, *parameters: Any) -> list[list[Any]]:
        """All rows. Raises Err with Spin's error."""
        _, rows, ended = await self._connection.execute(statement, [_given(value) for value in parameters])
        found: list[list[Any]] = []
        with rows, ended:
            while page := await rows.read(100):
                found += ([_taken(value) for value in row.values] for row in page)
            await ended.read()
        return found


def _given(value: Any) -> sqlite.Value:
    match value:
        case None:
            return Value_Null()
        case int():
            return sqlite.Value_Integer(value)
        case _:
            return sqlite.Value_Text(value)


def _taken(value: sqlite.Value) -> Any:
    return None if isinstance(value, Value_Null) else value.value
