"""Connections are shared, bounded and closed; none outlives what happens to its caller or its server."""

import asyncio
import time
from typing import Any

import pytest

from atoll.capabilities.sql import BadParameter, ConnectionFailed, Other, QueryFailed
from tests.capabilities.mysql.conftest import provider
from tests.capabilities.sql import opened, value
from tests.servers.mariadb import Mariadb

COUNT = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'guest' AND db = 'other'"


async def becomes(watch: Any, statement: str, expected: int) -> None:
    """Wait until the server agrees: it notices a closed connection a moment later."""
    deadline = time.monotonic() + 3
    while (found := await value(watch, statement)) != expected:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)


def test_calls_share_connections(server: Mariadb) -> None:
    async def run() -> None:
        address = server.url.replace("/app", "/other")
        async with provider() as watching, opened(watching, server.url) as watch:
            async with provider() as mysql:

                async def call(number: int) -> None:
                    async with opened(mysql, address) as connection:
                        assert await value(connection, f"SELECT {number}") == number

                for number in range(20):
                    await call(number)
                assert await value(watch, COUNT) == 1
                await asyncio.gather(*(call(number) for number in range(20)))
                assert 1 <= await value(watch, COUNT) <= 20
            await becomes(watch, COUNT, 0)

    asyncio.run(run())


def test_the_address_that_was_not_used_for_longest_loses_its_connections(server: Mariadb) -> None:
    async def run() -> None:
        async with provider(max_addresses=2) as mysql, opened(mysql, server.url) as watch:
            held = await mysql.open(server.url.replace("/app", "/other"))
            for option in ("pool_min=1", "pool_min=2"):
                async with opened(mysql, f"{server.url}?{option}") as connection:
                    await value(connection, "SELECT 1")
            assert await value(held, "SELECT 1") == 1
            await held.close()
            await becomes(watch, COUNT, 0)

    asyncio.run(run())


def test_unused_connections_are_closed(server: Mariadb) -> None:
    async def run() -> None:
        async with provider(idle_timeout=0.3) as mysql, opened(mysql, server.url) as watch:
            async with opened(mysql, server.url.replace("/app", "/other")) as connection:
                await value(connection, "SELECT 1")
            assert await value(watch, COUNT) == 1
            await asyncio.sleep(0.4)
            await becomes(watch, COUNT, 0)

    asyncio.run(run())


@pytest.mark.parametrize("paged", [False, True])
def test_a_cancelled_call_stops_on_the_server_and_harms_no_connection(server: Mariadb, paged: bool) -> None:
    statement = "SELECT SLEEP(IF(seq > 1, 60, 0)) FROM seq_1_to_2" if paged else "SELECT SLEEP(60)"

    async def run() -> None:
        async with provider() as mysql, opened(mysql, server.url) as watch, opened(mysql, server.url) as slow:
            connection = await value(slow, "SELECT CONNECTION_ID()")

            async def read() -> None:
                stream = await slow.stream(statement, [], 1 << 20)
                while await stream.page():
                    pass

            task = asyncio.create_task(read())
            await asyncio.sleep(0.2)
            started = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - started < 2
            running = (
                f"SELECT COUNT(*) FROM information_schema.processlist WHERE id = {connection} AND info IS NOT NULL"
            )
            await becomes(watch, running, 0)
            assert await value(slow, "SELECT CONNECTION_ID()") == connection

    asyncio.run(run())


def test_a_certificate_is_for_its_host_and_from_a_trusted_authority(server: Mariadb) -> None:
    async def run() -> None:
        address = server.url + "?ssl-mode=REQUIRED"
        async with provider(ca_roots_file=server.roots) as mysql:
            async with opened(mysql, address) as connection:
                [(_, cipher)] = (await connection.query("SHOW STATUS LIKE 'ssl_cipher'", [], 1 << 10)).rows
                assert cipher
            with pytest.raises(ConnectionFailed, match="localhost"):
                await mysql.open(address.replace("127.0.0.1", "localhost"))
        async with provider() as mysql:
            with pytest.raises(ConnectionFailed, match="CERTIFICATE_VERIFY_FAILED"):
                await mysql.open(address)

    asyncio.run(run())


def test_no_failure_repeats_the_password(server: Mariadb) -> None:
    wrong = "hunter2hunter2"
    addresses = [
        f"mysql://guest:{wrong}@127.0.0.1:{server.port}/app",
        f"mysql://guest:{wrong}@127.0.0.1:1/app",
        f"mysql://guest:{wrong}@absent.invalid/app",
        f"mysql://guest:{wrong}@127.0.0.1:{server.port}/app?ssl-mode=REQUIRED",
        f"mysql://guest:{wrong}@127.0.0.1:{server.port}/app?unknown=1",
        f"mysql://guest:{wrong}@127.0.0.1:{server.port}/ap p",
    ]

    async def run() -> None:
        async with provider(connect_timeout=3) as mysql:
            for address in addresses:
                with pytest.raises(ConnectionFailed) as failed:
                    await mysql.open(address)
                assert wrong not in str(failed.value)

    asyncio.run(run())


def test_the_server_learns_nothing_of_the_host(server: Mariadb) -> None:
    async def run() -> None:
        async with provider() as mysql, opened(mysql, server.url) as connection:
            told = "SELECT COUNT(*) FROM performance_schema.session_account_connect_attrs"
            assert await value(connection, told) == 0

    asyncio.run(run())


def test_hostile_statements_are_errors(server: Mariadb) -> None:
    async def run() -> None:
        async with provider() as mysql:
            for statement in ("", "\0", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE kept", "SHUTDOWN; SELECT 1"):
                async with opened(mysql, server.url) as connection:
                    with pytest.raises(QueryFailed):
                        await connection.execute(statement, [])
            async with opened(mysql, server.url) as connection:
                with pytest.raises(QueryFailed):
                    await value(connection, "KILL CONNECTION_ID()")
            async with opened(mysql, server.url) as connection:
                with pytest.raises(BadParameter):
                    await connection.query("SELECT ?", [("int64", "1; DROP TABLE x")], 1 << 20)
                with pytest.raises(BadParameter):
                    await connection.query("SELECT ?", [("int64", 1 << 70)], 1 << 20)
                big = await connection.query("SELECT LENGTH(?)", [("binary", bytes(8 << 20))], 1 << 20)
                assert big.rows == [(8 << 20,)]
                with pytest.raises(Other, match="limit"):
                    await connection.query("SELECT REPEAT('x', 8 << 20)", [], 1 << 20)
                assert await value(connection, "SELECT 1") == 1

    asyncio.run(run())
