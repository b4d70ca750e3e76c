"""PostgreSQL: one table a store, with the columns `key` (text) and `value` (bytea), made if there is none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from msgspec import Struct

from atoll.capabilities.key_value.counting import not_a_number, out_of_range
from atoll.capabilities.key_value.remote import PAGE, Backend, Opened, Remote, check_address
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc

try:
    import asyncpg
except ImportError as missing:
    raise ImportError("the key-value store `postgres` needs its client: pip install 'atoll[postgres]'") from missing

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

_STOPPING = 1.0
"""How many seconds a cancelled statement has to end; after them its connection is closed."""


class PostgresConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "postgres"`."""

    url: Annotated[str, Doc("Where the database is: postgres://user:password@host:port/database?sslmode=require.")]
    table: Annotated[str, Doc("The table, `name` or `schema.name`, exactly as written; it is made if there is none.")]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_address("url", self.url, "postgres", "postgresql")
        if "\0" in self.table or not all(self.table.split(".")) or self.table.count(".") > 1:
            raise ValueError("`table` must be `name` or `schema.name`")


class Postgres:
    """A store in one table; each operation is one statement, so it happens as a whole or not at all."""

    Config: ClassVar[type[Struct]] = PostgresConfig

    def __init__(self, config: PostgresConfig, place: Place) -> None:
        self._config = config
        self._call = Backend("PostgreSQL", config, _explain).call
        self._table = ".".join('"' + part.replace('"', '""') + '"' for part in config.table.split("."))
        self._pool = Opened(self._open)

    async def get(self, key: str) -> bytes | None:
        """The value by its primary key."""
        return await self._value("SELECT value FROM {} WHERE key = $1", key)

    async def set(self, key: str, value: bytes) -> None:
        """An upsert."""
        await self.set_many([(key, value)])

    async def delete(self, key: str) -> None:
        """DELETE."""
        await self.delete_many([key])

    async def exists(self, key: str) -> bool:
        """Whether there is a row, without reading its value."""
        return await self._value("SELECT true FROM {} WHERE key = $1", key) is not None

    async def keys(self) -> AsyncIterator[list[str]]:
        """In order, each page after the last key of the one before: each key once, and no transaction stays open."""
        page = await self._column("SELECT key FROM {} ORDER BY key LIMIT $1", PAGE)
        while page:
            yield page
            page = await self._column("SELECT key FROM {} WHERE key > $2 ORDER BY key LIMIT $1", PAGE, page[-1])

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """One statement for all."""
        async with self._connection() as connection:
            rows = await connection.fetch(f"SELECT key, value FROM {self._table} WHERE key = ANY($1::text[])", keys)
        found: dict[str, bytes] = {row["key"]: row["value"] for row in rows}
        return [found.get(key) for key in keys]

    async def set_many(self, items: list[tuple[str, bytes]]) -> None:
        """One statement for all: all are stored, or none."""
        # In one order, so that two calls with the same keys do not wait for each other's rows.
        last = sorted(dict(items).items())
        await self._value(
            "INSERT INTO {} (key, value) SELECT * FROM unnest($1::text[], $2::bytea[])"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [key for key, _ in last],
            [value for _, value in last],
        )

    async def delete_many(self, keys: list[str]) -> None:
        """One statement for all, which takes the rows in one order."""
        await self._value(
            "WITH taken AS (SELECT key FROM {0} WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE)"
            " DELETE FROM {0} USING taken WHERE {0}.key = taken.key",
            keys,
        )

    async def increment(self, key: str, delta: int) -> int:
        """An upsert that adds within the database."""
        total = await self._value(
            "INSERT INTO {} AS stored (key, value) VALUES ($1, convert_to($2::bigint::text, 'UTF8'))"
            " ON CONFLICT (key) DO UPDATE"
            " SET value = convert_to((convert_from(stored.value, 'UTF8')::bigint + $2::bigint)::text, 'UTF8')"
            " WHERE encode(stored.value, 'escape') ~ '^(0|-?[1-9][0-9]{{0,18}})$'"
            " RETURNING convert_from(value, 'UTF8')::bigint",
            key,
            delta,
        )
        if total is None:
            raise not_a_number()
        return int(total)

    async def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """An insert that yields to a present key, or an update of the row that has the expected value."""
        if expected is None:
            insert = "INSERT INTO {} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING RETURNING true"
            return await self._value(insert, key, value) is not None
        update = "UPDATE {} SET value = $3 WHERE key = $1 AND value = $2 RETURNING true"
        return await self._value(update, key, expected, value) is not None

    async def close(self) -> None:
        """Close all connections."""
        if self._pool.current is not None:
            self._pool.current.terminate()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["Connection"]:
        async with self._call():
            pool = await self._pool.get()
            connection = await pool.acquire()
            try:
                yield connection
            finally:
                await pool.release(connection, timeout=_STOPPING)

    async def _value(self, statement: str, *arguments: object) -> bytes | None:
        """The first column of the first row, or None."""
        async with self._connection() as connection:
            value: bytes | None = await connection.fetchval(statement.format(self._table), *arguments)
            return value

    async def _column(self, statement: str, *arguments: object) -> list[str]:
        async with self._connection() as connection:
            return [row[0] for row in await connection.fetch(statement.format(self._table), *arguments)]

    async def _open(self) -> "asyncpg.Pool[asyncpg.Record]":
        pool = asyncpg.create_pool(
            self._config.url,
            min_size=0,
            max_size=self._config.max_connections,
            timeout=self._config.connect_seconds,
            command_timeout=self._config.seconds,
            # Nothing here changes a session's state, so no round trip is spent on resetting it.
            reset=_leave,
        )
        await pool
        try:
            async with pool.acquire() as connection:
                await self._make_table(connection)
        except BaseException:
            pool.terminate()
            raise
        return pool

    async def _make_table(self, connection: "Connection") -> None:
        # Asked first, because a role without the right to create tables may well use one that is there.
        if await connection.fetchval("SELECT to_regclass($1)", self._table) is None:
            # A lock of this name, because `IF NOT EXISTS` fails when two do it at the same time.
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock(hashtext('atoll key_value'))")
                await connection.execute(
                    f'CREATE TABLE IF NOT EXISTS {self._table} (key text COLLATE "C" PRIMARY KEY, value bytea NOT NULL)'
                )


async def _leave(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    pass


def _explain(error: Exception) -> str | None:
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return "refused the user or the password"
        case asyncpg.InsufficientPrivilegeError():
            return "refused access to the table"
        case asyncpg.NumericValueOutOfRangeError():
            return str(out_of_range())
        case asyncpg.PostgresConnectionError() | asyncpg.InterfaceError() | asyncpg.OperatorInterventionError():
            return "cannot be reached"
        case asyncpg.ProgramLimitExceededError():
            return "refused the key, which is too long for its index (about 2,700 bytes)"
        case asyncpg.PostgresError():
            return f"refused the call: {error.args[0] if error.args else error.sqlstate}"
        case ValueError() | UnicodeError():
            return "cannot be reached: `url` is not the address of a database"
    return None
