"""What one guest does to its session, the next one does not find."""

import asyncio

import pytest

from atoll.capabilities.sql import QueryFailed
from tests.capabilities.postgres.conftest import provider
from tests.capabilities.sql import opened, value
from tests.servers.postgres_tls import PostgresTls

LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
LEFT = {
    "a setting": ("SET work_mem = '77kB'", "SELECT current_setting('work_mem') <> '77kB'"),
    "a setting of its own": ("SET my.secret = 'x'", "SELECT coalesce(current_setting('my.secret', true), '') = ''"),
    "a role": ("SET ROLE pg_monitor", "SELECT current_user = 'postgres'"),
    "a session user": ("SET SESSION AUTHORIZATION pg_monitor", "SELECT session_user = 'postgres'"),
    "a search path": ("SET search_path = pg_catalog", "SELECT current_setting('search_path') <> 'pg_catalog'"),
    "a temporary table": ("CREATE TEMPORARY TABLE left_over (a int)", "SELECT to_regclass('left_over') IS NULL"),
    "an open transaction": (
        "BEGIN ISOLATION LEVEL SERIALIZABLE",
        "SELECT current_setting('transaction_isolation') = 'read committed'",
    ),
    "a transaction that only reads": ("BEGIN READ ONLY", "SELECT current_setting('transaction_read_only') = 'off'"),
    "a prepared statement": ("PREPARE left_over AS SELECT 1", "SELECT count(*) = 0 FROM pg_prepared_statements"),
    "a channel": ("LISTEN left_over", "SELECT count(*) = 0 FROM pg_listening_channels()"),
    "an advisory lock": ("SELECT pg_advisory_lock(7)", f"SELECT ({LOCKS}) = 0"),
    "a cursor": (
        "DECLARE left_over CURSOR WITH HOLD FOR SELECT 1",
        "SELECT count(*) = 0 FROM pg_cursors WHERE name = 'left_over'",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_nothing_is_left_for_the_next_guest(server: PostgresTls, name: str) -> None:
    leave, gone = LEFT[name]

    async def run() -> None:
        async with provider() as postgres:
            async with opened(postgres, server.url) as first:
                await first.execute(leave, [])
                pid = await value(first, "SELECT pg_backend_pid()")
            async with opened(postgres, server.url) as second:
                assert await value(second, gone) is True
                assert await value(second, "SELECT pg_backend_pid()") == pid

    asyncio.run(run())


def test_what_was_not_committed_is_rolled_back(server: PostgresTls) -> None:
    async def run() -> None:
        async with provider() as postgres:
            async with opened(postgres, server.url) as first:
                await first.execute("CREATE TABLE IF NOT EXISTS kept (a int)", [])
                await first.execute("BEGIN", [])
                await first.execute("INSERT INTO kept VALUES (1)", [])
            async with opened(postgres, server.url) as second:
                assert await value(second, "SELECT count(*) FROM kept") == 0

    asyncio.run(run())


def test_a_failed_transaction_ends_with_its_guest(server: PostgresTls) -> None:
    async def run() -> None:
        async with provider() as postgres:
            async with opened(postgres, server.url) as first:
                pid = await value(first, "SELECT pg_backend_pid()")
                await first.execute("BEGIN", [])
                with pytest.raises(Exception, match="division by zero"):
                    await first.execute("SELECT 1 / 0", [])
            async with opened(postgres, server.url) as second:
                assert await value(second, "SELECT pg_backend_pid()") == pid

    asyncio.run(run())


def test_a_stream_that_nobody_reads_ends_with_its_guest(server: PostgresTls) -> None:
    async def run() -> None:
        async with provider() as postgres:
            async with opened(postgres, server.url) as first:
                pid = await value(first, "SELECT pg_backend_pid()")
                stream = await first.stream("SELECT generate_series(1, 50000), repeat('x', 100)", [], 1 << 30)
            async with opened(postgres, server.url) as second:
                while True:
                    try:
                        assert await stream.page()
                    except QueryFailed as failed:
                        assert "closed" in str(failed)
                        break
                assert await value(second, "SELECT pg_backend_pid()") == pid

    asyncio.run(run())


def test_guests_with_other_passwords_or_authorities_share_no_connection(server: PostgresTls) -> None:
    async def run() -> None:
        async with provider() as postgres:
            async with opened(postgres, server.url) as first:
                await value(first, "SELECT 1")
            with pytest.raises(Exception, match="password authentication failed"):
                await postgres.open(server.url.replace("s3cret", "guess"))
            with pytest.raises(Exception, match="certificate"):
                await postgres.open(server.url + "?sslmode=require")

    asyncio.run(run())
