"""What every provider of outbound PostgreSQL must do, to run against a real server.

    @pytest.mark.parametrize("check", CHECKS)
    def test_my_provider_conforms(check):
        asyncio.run(check(MyProvider(...), "postgres://user:password@127.0.0.1/database"))

A check uses tables that begin with `conformance_` and removes them.
"""

from collections.abc import Awaitable, Callable

from atoll.capabilities.conformance import failure
from atoll.capabilities.postgres.conformance_values import REFUSED, TRIPS
from atoll.capabilities.postgres.provider import Postgres
from atoll.capabilities.sql import (
    BadParameter,
    ConnectionFailed,
    QueryFailed,
    ValueConversionFailed,
)
from atoll.capabilities.sql_conformance import MANY, opened, rows

Check = Callable[[Postgres, str], Awaitable[None]]


async def values_come_back_as_they_went(postgres: Postgres, address: str) -> None:
    """Every kind, its extremes, and NULL of its type."""
    async with opened(postgres, address) as connection:
        for kind, name, values in TRIPS:
            for value in values:
                found = await connection.query(f"SELECT $1::{name} AS v", [(kind, value)], MANY)
                assert [(column.name, column.kind) for column in found.columns] == [("v", kind)]
                assert found.rows == [(value,)], (kind, value, found.rows)
            assert await rows(connection, f"SELECT $1::{name}", ("db-null", None)) == [(None,)]


async def narrow_kinds_fit_wider_columns(postgres: Postgres, address: str) -> None:
    """Integers of each width, a timestamp in seconds, text for what has a text form."""
    async with opened(postgres, address) as connection:
        assert await rows(connection, "SELECT $1::int8, $2::int8", ("int8", -128), ("int32", 7)) == [(-128, 7)]
        moment = ("timestamp", -1)
        assert await rows(connection, "SELECT $1::timestamptz, $2::timestamp", moment, moment) == [
            ((1969, 12, 31, 23, 59, 59, 0),) * 2
        ]
        assert await rows(connection, "SELECT 1 WHERE 'a'::varchar = $1 AND 'a'::char(3) = $1", ("str", "a")) == [(1,)]


async def types_without_a_kind_are_named_and_passed_on(postgres: Postgres, address: str) -> None:
    """`other` with the server's name of the type; the bytes are the server's own."""
    async with opened(postgres, address) as connection:
        found = await connection.query("SELECT '{}'::json, 'x'::name, NULL::point, '{}'::bool[]", [], MANY)
        assert [(column.kind, column.type_name) for column in found.columns] == [
            ("other", "json"),
            ("other", "name"),
            ("other", "point"),
            ("other", "_bool"),
        ]
        assert found.rows[0][:3] == (b"{}", b"x", None)


async def values_without_a_shape_fail(postgres: Postgres, address: str) -> None:
    """Infinite dates, arrays in two dimensions; the connection goes on."""
    async with opened(postgres, address) as connection:
        for value in ("'infinity'::date", "'-infinity'::timestamp", "'{{1},{2}}'::int4[]"):
            assert isinstance(await failure(rows(connection, f"SELECT {value}")), ValueConversionFailed)
        assert await rows(connection, "SELECT 1") == [(1,)]


async def an_empty_range_contains_nothing(postgres: Postgres, address: str) -> None:
    """Its bounds, given back to the server, are the empty range again."""
    async with opened(postgres, address) as connection:
        for kind, name in (("range-int32", "int4range"), ("range-int64", "int8range"), ("range-decimal", "numrange")):
            [(value,)] = await rows(connection, f"SELECT 'empty'::{name}")
            assert await rows(connection, f"SELECT isempty($1::{name})", (kind, value)) == [(True,)]


async def what_a_kind_does_not_allow_is_refused(postgres: Postgres, address: str) -> None:
    """`bad-parameter`, before anything is sent."""
    async with opened(postgres, address) as connection:
        for parameter in REFUSED:
            assert isinstance(await failure(rows(connection, "SELECT $1", parameter)), BadParameter), parameter
        assert await rows(connection, "SELECT 1") == [(1,)]


async def execute_counts_rows(postgres: Postgres, address: str) -> None:
    """The rows that a statement inserted, changed, removed or found."""
    async with opened(postgres, address) as connection:
        assert await connection.execute("CREATE TEMPORARY TABLE conformance_count (a int8)", []) == 0
        insert = "INSERT INTO conformance_count SELECT generate_series(1, $1)"
        assert await connection.execute(insert, [("int32", 5)]) == 5
        assert await connection.execute("UPDATE conformance_count SET a = a + 1 WHERE a > 3", []) == 2
        assert await connection.execute("SELECT * FROM conformance_count", []) == 5
        assert await connection.execute("DELETE FROM conformance_count", []) == 5
        assert await connection.execute("", []) == 0
        empty = await connection.query("SELECT a FROM conformance_count", [], MANY)
        assert [column.kind for column in empty.columns] == ["int64"] and empty.rows == []


async def a_failed_statement_says_what_the_server_said(postgres: Postgres, address: str) -> None:
    """Code, message, detail and the rest; two statements in one are refused."""
    async with opened(postgres, address) as connection:
        await connection.execute("CREATE TEMPORARY TABLE conformance_unique (a int4 PRIMARY KEY)", [])
        insert = "INSERT INTO conformance_unique VALUES ($1)"
        await connection.execute(insert, [("int32", 1)])
        failed = await failure(connection.execute(insert, [("int32", 1)]))
        assert isinstance(failed, QueryFailed) and failed.error
        assert failed.error.code == "23505" and failed.error.severity == "ERROR"
        assert failed.error.detail == "Key (a)=(1) already exists." and failed.error.message in failed.error.as_text
        assert dict(failed.error.extras)["constraint"] == "conformance_unique_pkey"
        for statement in ("SELEC", "SELECT 1; SELECT 2", "SELECT $1", "SELECT 1\0; DROP TABLE x"):
            assert isinstance(await failure(connection.execute(statement, [])), QueryFailed), statement
        assert await rows(connection, "SELECT 1") == [(1,)]


async def a_result_has_a_limit(postgres: Postgres, address: str) -> None:
    """What is larger fails, and is not collected first; the connection goes on."""
    async with opened(postgres, address) as connection:
        failed = await failure(connection.query("SELECT repeat('x', 1000), generate_series(1, 10000000)", [], 65536))
        assert isinstance(failed, QueryFailed) and "65536" in str(failed)
        assert await rows(connection, "SELECT 1") == [(1,)]


async def a_stream_gives_everything_in_order(postgres: Postgres, address: str) -> None:
    """Also when another statement runs meanwhile, and after its end."""
    async with opened(postgres, address) as connection:
        stream = await connection.stream("SELECT generate_series(1, $1)", [("int32", 5000)], MANY)
        assert [(column.name, column.kind) for column in stream.columns] == [("generate_series", "int32")]
        seen = list(await stream.page())
        assert 0 < len(seen) <= 5000
        assert await rows(connection, "SELECT 'between'") == [("between",)]
        while page := await stream.page():
            seen += page
        assert seen == [(number,) for number in range(1, 5001)]
        assert await stream.page() == []
        assert await rows(connection, "SELECT 1") == [(1,)]


async def a_stream_fails_where_the_statement_does(postgres: Postgres, address: str) -> None:
    """Rows before the failure arrive, or it fails at once; an endless one can be closed; none outlives a statement."""
    async with opened(postgres, address) as connection:

        async def read(statement: str) -> None:
            stream = await connection.stream(statement, [], MANY)
            while await stream.page():
                pass

        failed = await failure(read("SELECT 1 / (20000 - g) FROM generate_series(1, 30000) g"))
        assert isinstance(failed, QueryFailed) and failed.error and failed.error.code == "22012"
        stream = await connection.stream("SELECT generate_series(1, 1000000000)", [], MANY)
        assert await stream.page()
        await stream.close()
        assert await stream.page() == []
        assert await rows(connection, "SELECT 1") == [(1,)]


async def a_closed_stream_has_had_its_effect(postgres: Postgres, address: str) -> None:
    """What it inserted stays, although nobody read all of it."""
    async with opened(postgres, address) as connection:
        await connection.execute("CREATE TEMPORARY TABLE conformance_effect (a int4)", [])
        insert = "INSERT INTO conformance_effect SELECT generate_series(1, 50000) RETURNING a"
        stream = await connection.stream(insert, [], MANY)
        await stream.close()
        assert await rows(connection, "SELECT count(*) FROM conformance_effect") == [(50000,)]


async def a_connection_keeps_its_session_and_leaves_nothing(postgres: Postgres, address: str) -> None:
    """Transactions and settings last from `open` to `close`, and no longer."""
    async with opened(postgres, address) as connection:
        for statement in (
            "BEGIN",
            "SET LOCAL application_name = 'guest'",
            "CREATE TEMPORARY TABLE conformance_t (a int)",
        ):
            await connection.execute(statement, [])
        assert await rows(connection, "SHOW application_name") == [("guest",)]
    async with opened(postgres, address) as connection:
        assert await rows(connection, "SELECT to_regclass('conformance_t')::text") == [(None,)]
        assert await rows(connection, "SHOW application_name") != [("guest",)]
    assert isinstance(await failure(connection.execute("SELECT 1", [])), QueryFailed)


async def addresses_that_cannot_be_are_refused(postgres: Postgres, address: str) -> None:
    """`connection-failed`, without the password in it."""
    for wrong in (
        "",
        "nonsense",
        "postgres://",
        "postgres://u:hunter2@/x",
        "postgres://u:hunter2@h:0/x",
        "host=/tmp user=u",
    ):
        failed = await failure(postgres.open(wrong))
        assert isinstance(failed, ConnectionFailed) and "hunter2" not in str(failed), wrong


CHECKS: list[Check] = [
    values_come_back_as_they_went,
    narrow_kinds_fit_wider_columns,
    types_without_a_kind_are_named_and_passed_on,
    values_without_a_shape_fail,
    an_empty_range_contains_nothing,
    what_a_kind_does_not_allow_is_refused,
    execute_counts_rows,
    a_failed_statement_says_what_the_server_said,
    a_result_has_a_limit,
    a_stream_gives_everything_in_order,
    a_stream_fails_where_the_statement_does,
    a_closed_stream_has_had_its_effect,
    a_connection_keeps_its_session_and_leaves_nothing,
    addresses_that_cannot_be_are_refused,
]
