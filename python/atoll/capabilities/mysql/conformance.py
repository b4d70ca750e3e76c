"""What every provider of outbound MySQL must do, to run against a real server.

    @pytest.mark.parametrize("check", CHECKS)
    def test_my_provider_conforms(check):
        asyncio.run(check(MyProvider(...), "mysql://user:password@127.0.0.1/database"))

A check uses tables that begin with `conformance_` and removes them.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from atoll.capabilities.conformance import failure
from atoll.capabilities.mysql.provider import Mysql
from atoll.capabilities.sql import BadParameter, ConnectionFailed, Other, Parameter, QueryFailed
from atoll.capabilities.sql_conformance import MANY, opened, rows

Check = Callable[[Mysql, str], Awaitable[None]]

NUMBERS = (
    "SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS n FROM "
    + ", ".join(
        f"(SELECT 0 n{''.join(f' UNION ALL SELECT {digit}' for digit in range(1, 10))}) {name}" for name in "abcd"
    )
    + " ORDER BY 1"
)
"""A statement whose result is the numbers below 10000."""

TRIPS: list[tuple[str, str, str, list[Any]]] = [
    ("boolean", "BOOLEAN", "int8", [True, False]),
    ("int8", "TINYINT", "int8", [0, -(2**7), 2**7 - 1]),
    ("int16", "SMALLINT", "int16", [-(2**15), 2**15 - 1]),
    ("int32", "MEDIUMINT", "int32", [-(2**23), 2**23 - 1]),
    ("int32", "INT", "int32", [0, -(2**31), 2**31 - 1]),
    ("int64", "BIGINT", "int64", [0, -(2**63), 2**63 - 1]),
    ("uint8", "TINYINT UNSIGNED", "uint8", [0, 2**8 - 1]),
    ("uint16", "SMALLINT UNSIGNED", "uint16", [2**16 - 1]),
    ("uint32", "INT UNSIGNED", "uint32", [2**32 - 1]),
    ("uint64", "BIGINT UNSIGNED", "uint64", [0, 2**63, 2**64 - 1]),
    ("floating32", "FLOAT", "floating32", [0.0, -1.5]),
    ("floating64", "DOUBLE", "floating64", [0.1, -1e308, 5e-324]),
    ("str", "VARCHAR(200) CHARACTER SET utf8mb4", "str", ["", "Grüße 🌊", "'; DROP TABLE x; --", "a\0b", "%s ?"]),
    ("str", "LONGTEXT CHARACTER SET utf8mb4", "str", ["x" * 100_000]),
    ("str", "ENUM('a', 'b')", "str", ["b"]),
    ("binary", "BLOB", "binary", [b"", bytes(range(256))]),
    ("binary", "VARBINARY(300)", "binary", [bytes(range(256))]),
    ("str", "DECIMAL(30, 10)", "other", ["12345678901234567890.1234567890"]),
    ("str", "DATE", "other", ["2024-02-29", "0001-01-01"]),
    ("str", "DATETIME(6)", "other", ["2024-02-29 01:02:03.000004", "9999-12-31 23:59:59"]),
    ("str", "TIME(6)", "other", ["-838:59:59", "01:02:03.000004", "00:00:00"]),
    ("int32", "YEAR", "other", [2024]),
]
"""Kind, type of the column, kind of the column, values that come back as they went (or as the server writes them)."""

REFUSED: list[Parameter] = [("int32", "1"), ("str", b"x"), ("binary", "x"), ("boolean", 1), ("decimal", "1"), ("x", 1)]


async def values_come_back_as_they_went(mysql: Mysql, address: str) -> None:
    """Every kind, its extremes, and NULL of its type."""
    async with opened(mysql, address) as connection:
        for kind, name, found_kind, values in TRIPS:
            await connection.execute(f"CREATE TEMPORARY TABLE conformance_trip (i INT, v {name})", [])
            for number, value in enumerate([*values, None]):
                insert = "INSERT INTO conformance_trip VALUES (?, ?)"
                sent = (kind, value) if value is not None else ("db-null", None)
                assert await connection.execute(insert, [("int32", number), sent]) == 1
            found = await connection.query("SELECT v FROM conformance_trip ORDER BY i", [], MANY)
            assert [(column.name, column.kind) for column in found.columns] == [("v", found_kind)], name
            expected = [str(value) if found_kind == "other" else value for value in values]
            assert [cell for (cell,) in found.rows] == [*expected, None], name
            await connection.execute("DROP TEMPORARY TABLE conformance_trip", [])


async def many_columns_may_be_null(mysql: Mysql, address: str) -> None:
    """In any place, also beyond the first byte of the protocol's map."""
    async with opened(mysql, address) as connection:
        cells = [None if number % 3 else number for number in range(40)]
        statement = "SELECT " + ", ".join("NULL" if cell is None else str(cell) for cell in cells)
        assert await rows(connection, statement) == [tuple(cells)]


async def what_a_kind_does_not_allow_is_refused(mysql: Mysql, address: str) -> None:
    """`bad-parameter`, before anything is sent."""
    async with opened(mysql, address) as connection:
        for parameter in REFUSED:
            assert isinstance(await failure(rows(connection, "SELECT ?", parameter)), BadParameter), parameter
        assert await rows(connection, "SELECT 1") == [(1,)]


async def execute_counts_rows(mysql: Mysql, address: str) -> None:
    """The rows that a statement inserted, changed or removed."""
    async with opened(mysql, address) as connection:
        assert await connection.execute("CREATE TEMPORARY TABLE conformance_count (a INT)", []) == 0
        assert await connection.execute("INSERT INTO conformance_count VALUES (1), (2), (?)", [("uint8", 3)]) == 3
        assert await connection.execute("UPDATE conformance_count SET a = 9 WHERE a > 1", []) == 2
        assert await connection.execute("DELETE FROM conformance_count", []) == 3
        empty = await connection.query("SELECT a FROM conformance_count", [], MANY)
        assert [column.kind for column in empty.columns] == ["int32"] and empty.rows == []
        nothing = await connection.query("DELETE FROM conformance_count", [], MANY)
        assert (nothing.columns, nothing.rows) == ([], [])


async def a_failed_statement_says_what_the_server_said(mysql: Mysql, address: str) -> None:
    """Also one that fails between its rows; two statements in one are refused; the connection goes on."""
    async with opened(mysql, address) as connection:
        for statement, said in (
            ("SELEC", "1064"),
            ("SELECT 1; SELECT 2", "1064"),
            ("SELECT * FROM conformance_absent", "1146"),
            (f"SELECT (SELECT 1 UNION SELECT n.n > 5000) FROM ({NUMBERS}) n", "1242"),
            ("SELECT ?", "parameters"),
        ):
            failed = await failure(rows(connection, statement))
            assert isinstance(failed, QueryFailed) and said in str(failed), statement
        assert await rows(connection, "SELECT 1") == [(1,)]


async def a_result_has_a_limit(mysql: Mysql, address: str) -> None:
    """What is larger fails, and is not collected first; the connection goes on."""
    async with opened(mysql, address) as connection:
        failed = await failure(connection.query(f"SELECT REPEAT('x', 10000), n FROM ({NUMBERS}) n", [], 65536))
        assert isinstance(failed, Other) and "65536" in str(failed)
        assert await rows(connection, "SELECT 1") == [(1,)]


async def a_stream_gives_everything_in_order(mysql: Mysql, address: str) -> None:
    """Also when another statement runs meanwhile, and after its end."""
    async with opened(mysql, address) as connection:
        stream = await connection.stream(NUMBERS, [], MANY)
        assert [column.name for column in stream.columns] == ["n"]
        seen = list(await stream.page())
        assert 0 < len(seen) < 10_000
        assert await rows(connection, "SELECT 'between'") == [("between",)]
        while page := await stream.page():
            seen += page
        assert seen == [(number,) for number in range(10_000)]
        assert await stream.page() == []
        unread = await connection.stream(NUMBERS, [], MANY)
        await unread.close()
        assert await unread.page() == []
        assert await rows(connection, "SELECT 1") == [(1,)]


async def a_procedure_may_have_results(mysql: Mysql, address: str) -> None:
    """The first one is the statement's."""
    async with opened(mysql, address) as connection:
        await connection.execute("CREATE OR REPLACE PROCEDURE conformance_p() BEGIN SELECT 1; SELECT 2; END", [])
        assert await rows(connection, "CALL conformance_p()") == [(1,)]
        assert await rows(connection, "SELECT 3") == [(3,)]
        await connection.execute("DROP PROCEDURE conformance_p", [])


async def a_connection_keeps_its_session_and_leaves_nothing(mysql: Mysql, address: str) -> None:
    """Transactions and variables last from `open` to `close`, and no longer."""
    async with opened(mysql, address) as connection:
        for statement in ("SET @guest = 1", "CREATE TEMPORARY TABLE conformance_t (a INT)", "START TRANSACTION"):
            await connection.execute(statement, [])
        assert await rows(connection, "SELECT @guest") == [(1,)]
    async with opened(mysql, address) as connection:
        assert await rows(connection, "SELECT @guest") == [(None,)]
        assert isinstance(await failure(rows(connection, "SELECT * FROM conformance_t")), QueryFailed)
    assert isinstance(await failure(connection.execute("SELECT 1", [])), QueryFailed)


async def addresses_that_cannot_be_are_refused(mysql: Mysql, address: str) -> None:
    """`connection-failed`, without the password in it."""
    for wrong in (
        "",
        "nonsense",
        "mysql://",
        "mysql://u:hunter2@/x",
        "mysql://u:hunter2@h:0/x",
        "mysql://u:hunter2@h?socket=x",
    ):
        failed = await failure(mysql.open(wrong))
        assert isinstance(failed, ConnectionFailed) and "hunter2" not in str(failed), wrong


CHECKS: list[Check] = [
    values_come_back_as_they_went,
    many_columns_may_be_null,
    what_a_kind_does_not_allow_is_refused,
    execute_counts_rows,
    a_failed_statement_says_what_the_server_said,
    a_result_has_a_limit,
    a_stream_gives_everything_in_order,
    a_procedure_may_have_results,
    a_connection_keeps_its_session_and_leaves_nothing,
    addresses_that_cannot_be_are_refused,
]
