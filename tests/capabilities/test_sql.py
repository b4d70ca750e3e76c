"""What connections to SQL databases have in common: bounded, given back whatever becomes of their caller or server."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from atoll.capabilities.sql import ConnectionFailed, QueryFailed
from tests.capabilities.mysql import conftest as mysql
from tests.capabilities.postgres import conftest as postgres
from tests.capabilities.sql import opened, value
from tests.servers.mariadb import Mariadb, mariadb
from tests.servers.postgres_tls import PostgresTls, postgres_tls


@dataclass(frozen=True)
class Database:
    provider: Callable[..., AbstractAsyncContextManager[Any]]
    server: PostgresTls | Mariadb
    sleep: str
    another: str
    """An option of the address that makes it another one, and means nothing else."""

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    if request.param == "postgres":
        with postgres_tls() as server:
            yield Database(postgres.provider, server, "SELECT pg_sleep(60)", "?application_name=another")
    else:
        with mariadb() as maria:
            yield Database(mysql.provider, maria, "SELECT SLEEP(60)", "?pool_max=9")


@pytest.mark.parametrize("key", ["max_connections", "max_connections_per_address"])
def test_no_more_connections_than_allowed_are_open_at_once(database: Database, key: str) -> None:
    async def run() -> None:
        async with database.provider(**{key: 2, "connect_timeout": 0.5}) as servers, AsyncExitStack() as stack:
            first = await stack.enter_async_context(opened(servers, database.url))
            await stack.enter_async_context(opened(servers, database.url))
            with pytest.raises(ConnectionFailed, match="too many connections"):
                await servers.open(database.url)
            waiting = asyncio.create_task(servers.open(database.url))
            await asyncio.sleep(0.05)
            await first.close()
            await (await waiting).close()

    asyncio.run(run())


def test_a_cancelled_wait_for_a_connection_takes_none(database: Database) -> None:
    async def run() -> None:
        async with database.provider(max_connections=1) as servers:
            for _ in range(3):
                async with opened(servers, database.url):
                    waiting = asyncio.create_task(servers.open(database.url))
                    await asyncio.sleep(0.05)
                    waiting.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await waiting
            opening = asyncio.create_task(servers.open(database.url + database.another))
            await asyncio.sleep(0)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
            async with opened(servers, database.url) as last:
                assert await value(last, "SELECT 1") == 1

    asyncio.run(run())


def test_a_statement_has_its_time(database: Database) -> None:
    async def run() -> None:
        async with database.provider(operation_timeout=0.3) as servers, opened(servers, database.url) as connection:
            for call in (connection.execute(database.sleep, []), connection.query(database.sleep, [], 99)):
                with pytest.raises(QueryFailed, match=r"longer than 0\.3 s"):
                    await call
            assert await value(connection, "SELECT 1") == 1

    asyncio.run(run())


def test_a_result_is_bounded_by_the_configuration_too(database: Database) -> None:
    async def run() -> None:
        async with database.provider(max_result_bytes=1000) as servers, opened(servers, database.url) as connection:
            with pytest.raises(Exception, match="exceeds limit of 1000 bytes"):
                await connection.query("SELECT repeat('x', 2000)", [], 1 << 20)
            assert await value(connection, "SELECT 1") == 1

    asyncio.run(run())


@pytest.mark.slow
def test_a_server_that_dies_is_an_error_and_comes_back(database: Database) -> None:
    async def run() -> None:
        async with database.provider() as servers:
            async with opened(servers, database.url) as idle, opened(servers, database.url) as held:
                await value(idle, "SELECT 1")
                slow = asyncio.create_task(held.query(database.sleep, [], 1 << 20))
                await idle.close()
                await asyncio.sleep(0.1)
                database.server.stop()
                try:
                    with pytest.raises(QueryFailed):
                        await slow
                    with pytest.raises(QueryFailed):
                        await value(held, "SELECT 1")
                    with pytest.raises(ConnectionFailed):
                        await servers.open(database.url)
                finally:
                    database.server.start()
            async with opened(servers, database.url) as connection:
                assert await value(connection, "SELECT 1") == 1

    asyncio.run(run())


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_an_error_in_time(database: Database) -> None:
    async def run() -> None:
        async with database.provider(connect_timeout=0.5, operation_timeout=0.5) as servers:
            connection = await servers.open(database.url)
            with database.server.halted():
                started = time.monotonic()
                with pytest.raises(ConnectionFailed, match=r"0\.5 s"):
                    await servers.open(database.url)
                with pytest.raises(QueryFailed, match=r"0\.5 s"):
                    await value(connection, "SELECT 1")
                await connection.close()
                assert time.monotonic() - started < 6
            async with opened(servers, database.url) as again:
                assert await value(again, "SELECT 1") == 1

    asyncio.run(run())
