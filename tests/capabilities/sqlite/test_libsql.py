"""What may happen to a libSQL server, and what its guests are told then."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from atoll.capabilities.sqlite import Connection, InvalidConnection, Io
from atoll.capabilities.sqlite.providers.libsql import Libsql as Provider
from atoll.capabilities.sqlite.providers.libsql import LibsqlConfig, LibsqlConnection
from tests.capabilities.sqlite.conftest import Make
from tests.servers.libsql import TOKEN, Libsql
from tests.servers.served import Asked, Said


def on_one(provider: Provider, work: Callable[[LibsqlConnection], Awaitable[None]]) -> None:
    """Do the work with one connection."""

    async def whole() -> None:
        connection = await provider.open()
        try:
            await work(connection)
        finally:
            await connection.close()
            await provider.close()

    asyncio.run(whole())


def test_it_is_what_the_protocol_asks_for(make: Make) -> None:
    async def work(connection: LibsqlConnection) -> None:
        asked: Connection = connection
        assert asked is connection

    on_one(make(), work)


def test_a_stream_that_expired_is_begun_anew_where_nothing_was_open_in_it(make: Make, server: Libsql) -> None:
    async def work(connection: LibsqlConnection) -> None:
        await connection.execute("CREATE TABLE t (a)", [])
        server.forget()
        await connection.execute("INSERT INTO t VALUES (1)", [])
        await connection.execute("BEGIN", [])
        await connection.execute("COMMIT", [])
        server.forget()
        assert (await connection.execute("SELECT a FROM t", [])).rows == [[1]]

    on_one(make(), work)


@pytest.mark.parametrize("opens", ["BEGIN", " /* so */ begin immediate", "SAVEPOINT s", "CREATE TEMP TABLE m (a)"])
def test_a_stream_that_expired_with_something_open_is_lost(make: Make, server: Libsql, opens: str) -> None:
    async def work(connection: LibsqlConnection) -> None:
        await connection.execute(opens, [])
        server.forget()
        for _ in range(2):
            with pytest.raises(InvalidConnection):
                await connection.execute("SELECT 1", [])

    on_one(make(), work)


def test_a_server_that_is_gone_is_told_at_once_and_found_again(make: Make, server: Libsql) -> None:
    provider = make()

    async def whole() -> None:
        server.http.stop()
        connection = await provider.open()
        began = time.monotonic()
        with pytest.raises(Io, match="cannot be reached"):
            await connection.execute("SELECT 1", [])
        assert time.monotonic() - began < 5
        server.http.start()
        connection = await provider.open()
        assert (await connection.execute("SELECT 1", [])).rows == [[1]]
        await connection.close()
        await provider.close()

    asyncio.run(whole())


def test_a_server_that_is_slow_is_waited_for_until_the_timeout(make: Make, server: Libsql) -> None:
    server.delay = 1.0

    async def work(connection: LibsqlConnection) -> None:
        began = time.monotonic()
        with pytest.raises(Io, match=r"did not answer within 0\.2 s"):
            await connection.execute("SELECT 1", [])
        assert time.monotonic() - began < 0.9
        with pytest.raises(InvalidConnection):
            await connection.execute("SELECT 1", [])

    on_one(make(timeout="200ms"), work)


def test_a_wrong_token_is_told_without_it(make: Make) -> None:
    async def work(connection: LibsqlConnection) -> None:
        with pytest.raises(Io, match="refuses the token") as raised:
            await connection.execute("SELECT 1", [])
        assert "secret" not in str(raised.value)

    on_one(make(token="secret-but-wrong"), work)


@pytest.mark.parametrize(
    "said",
    [
        Said(500, b"<html>"),
        Said(200, b"<html>"),
        Said(200, {"results": 7}),
        Said(200, {"baton": None, "results": [{"type": "ok", "response": {"result": {"cols": 1, "rows": [[{}]]}}}]}),
        Said(200, b"[" * 100_000),
    ],
)
def test_an_answer_that_is_none_of_the_protocol_is_an_error(make: Make, server: Libsql, said: Said) -> None:
    def answer(asked: Asked) -> Said:
        return said

    server.http.answer = answer

    async def work(connection: LibsqlConnection) -> None:
        with pytest.raises(Io, match="server"):
            await connection.execute("SELECT 1", [])

    on_one(make(), work)


def test_a_full_database_is_told_as_that(make: Make, server: Libsql) -> None:
    failed = {"type": "error", "error": {"message": "database or disk is full", "code": "SQLITE_FULL"}}
    server.http.answer = lambda asked: Said(200, {"baton": None, "results": [failed]})

    async def work(connection: LibsqlConnection) -> None:
        with pytest.raises(Exception, match="full") as raised:
            await connection.execute("INSERT INTO t VALUES (1)", [])
        assert getattr(raised.value, "case", "") == "database-full"

    on_one(make(), work)


@pytest.mark.parametrize(
    "keys, said",
    [
        ({"url": "ftp://x"}, "must begin with"),
        ({"url": "https://me:secret@x"}, "must not hold a password"),
        ({"timeout": "0s"}, "longer than nothing"),
        ({"timeout": "soon"}, "is not a time"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(keys: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        msgspec.convert({"url": "http://x", "token": TOKEN, **keys}, LibsqlConfig)
    assert "secret" not in str(raised.value)


def test_its_configuration_does_not_show_the_token() -> None:
    assert TOKEN not in repr(LibsqlConfig(url="http://x", token=TOKEN))
