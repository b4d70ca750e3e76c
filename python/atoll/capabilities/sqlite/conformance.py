"""The suite that every database passes, for the authors of providers.

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_the_database_conforms(check):
        run(check, lambda: MyDatabase(MyConfig(...), place))

A check calls the database as the data plane does: `async def` on one event loop, `def` on threads. It needs a database
that works, not an empty one: its tables begin with `conformance_`, and it leaves none of them behind.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from atoll.capabilities.conformance import Asked, refused
from atoll.capabilities.sqlite.provider import Database, Io, Rows, Value

VALUES: tuple[Value, ...] = (
    *(
        0,
        -1,
        (1 << 63) - 1,
        -(1 << 63),
        (1 << 53) + 1,
        1.5,
        -0.25,
        1e300,
        None,
        "",
        "ключ €",
        "a\nb",
        "'",
        "x" * 100_000,
    ),
    *(b"", b"\0", bytes(range(256)), b"x" * 100_000),
)
"""Each comes back as it was, and of its kind."""


class Tested:
    """The database, and the name of a table that nobody else has."""

    def __init__(self, database: Database) -> None:
        self._database = Asked(database)
        self.table = f"conformance_{secrets.token_hex(6)}"

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Asked]:
        """Open one; it is closed with the block."""
        opened = Asked(await self._database.open())
        try:
            yield opened
        finally:
            await opened.close()


Check = Callable[[Tested], Awaitable[None]]


def run(check: Check, make: Callable[[], Database]) -> None:
    """The check with a database of its own, closed afterwards. AssertionError says what does not conform."""
    asyncio.run(conform(check, make()))


async def conform(check: Check, database: Database) -> None:
    """The check with this database, on the running loop; it is closed afterwards."""
    tested = Tested(database)
    try:
        async with tested.connection() as connection:
            await connection.execute(f"CREATE TABLE {tested.table} (a)", [])
        await check(tested)
        async with tested.connection() as connection:
            await connection.execute(f"DROP TABLE {tested.table}", [])
    finally:
        if hasattr(database, "close"):
            await Asked(database).close()


async def count(connection: Asked, table: str) -> Value:
    """How many rows the connection sees."""
    answer: Rows = await connection.execute(f"SELECT count(*) FROM {table}", [])
    return answer.rows[0][0]


async def every_value_comes_back_as_it_was(tested: Tested) -> None:
    """As a parameter, and stored."""
    async with tested.connection() as connection:
        for value in VALUES:
            answer = await connection.execute("SELECT ? AS it", [value])
            assert list(answer.columns) == ["it"]
            [[got]] = answer.rows
            assert type(got) is type(value) and got == value
            await connection.execute(f"INSERT INTO {tested.table} VALUES (?)", [value])
        answer = await connection.execute(f"SELECT a FROM {tested.table} ORDER BY rowid", [])
        assert [row[0] for row in answer.rows] == list(VALUES)


async def rows_have_their_columns_in_order(tested: Tested) -> None:
    """A statement that answers nothing has neither."""
    async with tested.connection() as connection:
        answer = await connection.execute("SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL", [])
        assert list(answer.columns) == ["a", "b"]
        assert [tuple(row) for row in answer.rows] == [(1, "x"), (2, None)]
        answer = await connection.execute(f"SELECT a FROM {tested.table}", [])
        assert (list(answer.columns), list(answer.rows)) == (["a"], [])
        answer = await connection.execute(f"DELETE FROM {tested.table}", [])
        assert (list(answer.columns), list(answer.rows)) == ([], [])


async def a_statement_that_is_wrong_is_refused(tested: Tested) -> None:
    """The next one is answered, on the same connection."""
    async with tested.connection() as connection:
        for wrong in ("SELEKT 1", "SELECT * FROM conformance_nowhere", f"INSERT INTO {tested.table} VALUES (1, 2)"):
            async with refused(Io):
                await connection.execute(wrong, [])
            assert await count(connection, tested.table) == 0


async def only_one_statement_runs(tested: Tested) -> None:
    """Of a text with several, none."""
    async with tested.connection() as connection:
        async with refused(Io):
            await connection.execute(f"SELECT 1; INSERT INTO {tested.table} VALUES (1)", [])
        assert await count(connection, tested.table) == 0


async def row_numbers_and_changes_are_the_connections_own(tested: Tested) -> None:
    """Nothing counts before the first INSERT."""
    async with tested.connection() as connection, tested.connection() as other:
        assert (await connection.last_insert_rowid(), await connection.changes()) == (0, 0)
        await connection.execute(f"INSERT INTO {tested.table} VALUES (1), (2), (3)", [])
        assert (await connection.last_insert_rowid(), await connection.changes()) == (3, 3)
        await connection.execute(f"UPDATE {tested.table} SET a = 0 WHERE a > 1", [])
        assert (await connection.last_insert_rowid(), await connection.changes()) == (3, 2)
        assert (await other.last_insert_rowid(), await other.changes()) == (0, 0)


async def a_transaction_is_seen_when_it_is_committed(tested: Tested) -> None:
    """By its own connection at once."""
    async with tested.connection() as connection, tested.connection() as other:
        await connection.execute("BEGIN", [])
        await connection.execute(f"INSERT INTO {tested.table} VALUES (?)", [1])
        assert await count(connection, tested.table) == 1
        assert await count(other, tested.table) == 0
        await connection.execute("COMMIT", [])
        assert await count(other, tested.table) == 1


async def a_transaction_that_is_left_open_is_undone(tested: Tested) -> None:
    """And keeps nobody from writing."""
    async with tested.connection() as connection:
        await connection.execute("BEGIN IMMEDIATE", [])
        await connection.execute(f"INSERT INTO {tested.table} VALUES (1)", [])
    async with tested.connection() as connection:
        await connection.execute(f"INSERT INTO {tested.table} VALUES (2)", [])
        answer = await connection.execute(f"SELECT a FROM {tested.table}", [])
        assert [tuple(row) for row in answer.rows] == [(2,)]


async def temporary_tables_are_the_connections_own(tested: Tested) -> None:
    """And end with it."""
    async with tested.connection() as connection, tested.connection() as other:
        await connection.execute("CREATE TEMP TABLE conformance_mine (a)", [])
        await connection.execute("INSERT INTO conformance_mine VALUES (1)", [])
        assert await count(connection, "conformance_mine") == 1
        async with refused(Io):
            await count(other, "conformance_mine")
    async with tested.connection() as connection, refused(Io):
        await count(connection, "conformance_mine")


async def a_script_runs_as_a_whole(tested: Tested) -> None:
    """With semicolons in texts."""
    async with tested.connection() as connection:
        await connection.run_script(
            f"INSERT INTO {tested.table} VALUES ('x;y');\nINSERT INTO {tested.table} VALUES (2);\n"
        )
        assert await count(connection, tested.table) == 2
        async with refused(Io):
            await connection.run_script("SELEKT 1")


async def calls_at_the_same_time_get_their_own_answers(tested: Tested) -> None:
    """On one connection, and on several."""
    async with tested.connection() as one, tested.connection() as two:
        asked = [(one, two)[number % 2].execute("SELECT ?", [number]) for number in range(60)]
        assert [answer.rows[0][0] for answer in await asyncio.gather(*asked)] == list(range(60))


async def a_cancelled_call_harms_no_other_connection(tested: Tested) -> None:
    """Wherever it was when it was cancelled."""
    for turns in (0, 1, 3, 8, 20):
        async with tested.connection() as connection, tested.connection() as other:
            call = asyncio.ensure_future(connection.execute("SELECT 1", []))
            for _ in range(turns):
                await asyncio.sleep(0)
            call.cancel()
            assert await count(other, tested.table) == 0


CHECKS: tuple[Check, ...] = (
    every_value_comes_back_as_it_was,
    rows_have_their_columns_in_order,
    a_statement_that_is_wrong_is_refused,
    only_one_statement_runs,
    row_numbers_and_changes_are_the_connections_own,
    a_transaction_is_seen_when_it_is_committed,
    a_transaction_that_is_left_open_is_undone,
    temporary_tables_are_the_connections_own,
    a_script_runs_as_a_whole,
    calls_at_the_same_time_get_their_own_answers,
    a_cancelled_call_harms_no_other_connection,
)
"""All of them, for `pytest.mark.parametrize`; their names say what they check."""
