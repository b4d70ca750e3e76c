"""Connections are shared, bounded and closed; none outlives what happens to its caller or its server."""

import asyncio
import time
from typing import Any

import pytest

from atoll.capabilities.sql import Connection, ConnectionFailed, Other, QueryFailed
from tests.capabilities.postgres.conftest import provider
from tests.capabilities.sql import opened, value
from tests.servers.postgres_tls import PASSWORD, PostgresTls

COUNT = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name = 'counted'"


def test_calls_share_connections(server: PostgresTls) -> None:
    async def run() -> None:
        address = server.url + "?application_name=counted"
        async with provider() as postgres, opened(postgres, server.url) as watch:

            async def call(number: int) -> None:
                async with opened(postgres, address) as connection:
                    assert await value(connection, f"SELECT {number}") == number

            for number in range(20):
                await call(number)
            assert await value(watch, COUNT) == 1
            await asyncio.gather(*(call(number) for number in range(20)))
            assert 1 <= await value(watch, COUNT) <= 20
        async with provider() as postgres, opened(postgres, server.url) as watch, asyncio.timeout(30):
            # The server notices a little later.
            while await value(watch, COUNT):
                await asyncio.sleep(0.05)

    asyncio.run(run())


def test_the_address_that_was_not_used_for_longest_loses_its_connections(server: PostgresTls) -> None:
    async def run() -> None:
        async with provider(max_addresses=2) as postgres, opened(postgres, server.url) as watch:
            held = await postgres.open(server.url + "?application_name=counted")
            for name in ("one", "two"):
                async with opened(postgres, server.url + f"?application_name={name}") as connection:
                    await value(connection, "SELECT 1")
            assert await value(held, "SELECT 1") == 1
            assert await value(watch, COUNT) == 1
            await held.close()
            await asyncio.sleep(0.1)
            assert await value(watch, COUNT) == 0

    asyncio.run(run())


def test_unused_connections_are_closed(server: PostgresTls) -> None:
    async def run() -> None:
        async with provider(idle_timeout=0.3) as postgres, opened(postgres, server.url) as watch:
            async with opened(postgres, server.url + "?application_name=counted") as connection:
                await value(connection, "SELECT 1")
            assert await value(watch, COUNT) == 1
            await asyncio.sleep(0.6)
            assert await value(watch, COUNT) == 0

    asyncio.run(run())


async def stopped(lease: Connection, statement: str, *, page: bool = False) -> None:
    """Cancel a call that would take a minute."""
    if page:
        call: Any = (await lease.stream(statement, [], 1 << 20)).page()
    else:
        call = lease.query(statement, [], 1 << 20)
    task = asyncio.create_task(call)
    await asyncio.sleep(0.2)
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 2


def test_a_cancelled_call_stops_on_the_server_and_harms_no_connection(server: PostgresTls) -> None:
    async def run() -> None:
        async with provider(max_connections_per_address=2) as postgres, opened(postgres, server.url) as watch:
            async with opened(postgres, server.url) as slow:
                pid = await value(slow, "SELECT pg_backend_pid()")
                await stopped(slow, "SELECT pg_sleep(60)")
                assert await value(slow, "SELECT pg_backend_pid()") == pid
                await stopped(slow, "SELECT pg_sleep(CASE WHEN g > 1 THEN 60 ELSE 0 END) FROM generate_series(1, 2) g")
            running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(%60%'"
            assert await value(watch, running + " AND pid <> pg_backend_pid()") == 0
            async with opened(postgres, server.url) as again:
                assert await value(again, "SELECT 1") == 1

    asyncio.run(run())


@pytest.mark.parametrize("mode", ["require", "verify-full", "verify-ca", "prefer"])
def test_the_authority_that_the_guest_names_is_trusted(server: PostgresTls, mode: str) -> None:
    async def run() -> None:
        async with provider() as postgres:
            address = server.url + f"?sslmode={mode}"
            async with opened(postgres, address, server.ca_root) as connection:
                assert await value(connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") is True
            if mode != "prefer":
                with pytest.raises(ConnectionFailed, match="certificate"):
                    await postgres.open(address)
            if mode != "verify-ca":
                with pytest.raises(ConnectionFailed, match="localhost"):
                    await postgres.open(address.replace("127.0.0.1", "localhost"), server.ca_root)

    asyncio.run(run())


def test_an_authority_that_is_none_is_refused() -> None:
    async def run() -> None:
        async with provider() as postgres:
            for text in ("", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
                with pytest.raises(Other, match="invalid root certificate"):
                    postgres.check_ca_root(text)

    asyncio.run(run())


def test_nothing_of_the_host_is_sent_to_a_server(server: PostgresTls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its password from the environment nor one from a file, nor its user or database."""

    async def run() -> None:
        async with provider() as postgres:
            with pytest.raises(ConnectionFailed, match="no password supplied"):
                await postgres.open(f"postgres://postgres@127.0.0.1:{server.port}/postgres")
            with pytest.raises(ConnectionFailed, match="names no user"):
                await postgres.open(f"postgres://127.0.0.1:{server.port}/postgres")

    for name, content in {"PGPASSWORD": PASSWORD, "PGUSER": "postgres", "PGSSLMODE": "disable"}.items():
        monkeypatch.setenv(name, content)
    asyncio.run(run())


def test_no_failure_repeats_the_password(server: PostgresTls) -> None:
    wrong = "hunter2hunter2"
    addresses = [
        f"postgres://postgres:{wrong}@127.0.0.1:{server.port}/postgres",
        f"postgres://postgres:{wrong}@127.0.0.1:1/postgres",
        f"postgres://postgres:{wrong}@absent.invalid/postgres",
        f"postgres://postgres:{wrong}@127.0.0.1:{server.port}/postgres?sslmode=verify-full",
        f"postgres://postgres:{wrong}@127.0.0.1:{server.port}/postgres?unknown=1",
        f"host=127.0.0.1 port={server.port} user=postgres password='{wrong}",
    ]

    async def run() -> None:
        async with provider(connect_timeout=3) as postgres:
            for address in addresses:
                with pytest.raises(ConnectionFailed) as failed:
                    await postgres.open(address)
                assert wrong not in str(failed.value)

    asyncio.run(run())


def test_hostile_statements_are_errors(server: PostgresTls) -> None:
    async def run() -> None:
        async with provider() as postgres:
            for statement in ("COPY pg_class TO STDOUT", "COPY pg_class FROM STDIN"):
                async with opened(postgres, server.url) as connection:
                    with pytest.raises(QueryFailed, match="COPY"):
                        await connection.query(statement, [], 1 << 20)
            async with opened(postgres, server.url) as connection:
                with pytest.raises(QueryFailed, match="terminating connection"):
                    await value(connection, "SELECT pg_terminate_backend(pg_backend_pid())")
            async with opened(postgres, server.url) as connection:
                many = [("int32", number) for number in range(65_536)]
                with pytest.raises(Exception, match="at most 65535"):
                    await connection.query("SELECT 1", many, 1 << 20)
                big = await connection.query("SELECT length($1), $1", [("str", "x" * (1 << 24))], 1 << 26)
                assert big.rows[0][0] == 1 << 24
                with pytest.raises(QueryFailed, match="limit"):
                    await connection.query("SELECT repeat('x', 1 << 24)", [], 1 << 20)

    asyncio.run(run())


def test_types_of_the_user_have_their_names(server: PostgresTls) -> None:
    async def run() -> None:
        async with provider(max_connections_per_address=2) as postgres, opened(postgres, server.url) as connection:
            await connection.execute("DROP TYPE IF EXISTS mood", [])
            await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')", [])
            found = await connection.query("SELECT $1::mood AS m", [("str", "ok")], 1 << 20)
            assert found.columns == [("m", "other", "mood")] and found.rows == [(b"ok",)]
            stream = await connection.stream("SELECT 'sad'::mood AS m", [], 1 << 20)
            assert stream.columns == [("m", "other", "mood")]

    asyncio.run(run())
