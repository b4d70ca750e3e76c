"""What one guest does to its session, the next one does not find."""

import asyncio

import pytest

from atoll.capabilities.sql import QueryFailed
from tests.capabilities.mysql.conftest import provider
from tests.capabilities.sql import opened, value
from tests.servers.mariadb import Mariadb

LEFT = {
    "a variable": ("SET @secret = 1", "SELECT @secret IS NULL"),
    "a setting": ("SET SESSION sort_buffer_size = 77824", "SELECT @@sort_buffer_size <> 77824"),
    "no automatic commit": ("SET autocommit = 0", "SELECT @@autocommit = 1"),
    "a character set": ("SET NAMES latin1", "SELECT @@character_set_client = 'utf8mb4'"),
    "a time zone": ("SET time_zone = '+07:00'", "SELECT @@time_zone <> '+07:00'"),
    "a database": ("USE other", "SELECT DATABASE() = 'app'"),
    "a transaction": ("START TRANSACTION", "SELECT @@in_transaction = 0"),
    "a lock": ("DO GET_LOCK('left_over', 0)", "SELECT IS_USED_LOCK('left_over') IS NULL"),
    "an inserted id": ("SELECT LAST_INSERT_ID(77)", "SELECT LAST_INSERT_ID() = 0"),
    "rows found": ("SELECT 1 UNION SELECT 2", "SELECT FOUND_ROWS() < 2"),
}


@pytest.mark.parametrize("name", LEFT)
def test_nothing_is_left_for_the_next_guest(server: Mariadb, name: str) -> None:
    leave, gone = LEFT[name]

    async def run() -> None:
        async with provider() as mysql:
            async with opened(mysql, server.url) as first:
                await first.execute(leave, [])
                connection = await value(first, "SELECT CONNECTION_ID()")
            async with opened(mysql, server.url) as second:
                assert await value(second, gone) == 1
                assert await value(second, "SELECT CONNECTION_ID()") == connection

    asyncio.run(run())


def test_what_was_not_committed_is_rolled_back_and_tables_are_unlocked(server: Mariadb) -> None:
    async def run() -> None:
        async with provider() as mysql:
            async with opened(mysql, server.url) as first:
                await first.execute("CREATE TABLE IF NOT EXISTS kept (a INT)", [])
                await first.execute("CREATE TEMPORARY TABLE left_over (a INT)", [])
                await first.execute("SET autocommit = 0", [])
                await first.execute("INSERT INTO kept VALUES (1)", [])
            async with opened(mysql, server.url) as second:
                assert await value(second, "SELECT COUNT(*) FROM kept") == 0
                with pytest.raises(Exception, match="1146"):
                    await value(second, "SELECT COUNT(*) FROM left_over")
                await second.execute("LOCK TABLES kept WRITE", [])
            async with opened(mysql, server.url) as third, opened(mysql, server.url) as fourth:
                for connection in (third, fourth):
                    assert await value(connection, "SELECT COUNT(*) FROM kept") == 0

    asyncio.run(run())


def test_a_role_ends_with_its_guest(server: Mariadb) -> None:
    async def run() -> None:
        async with provider() as mysql:
            async with opened(mysql, server.url) as first:
                await first.execute("CREATE ROLE IF NOT EXISTS reader", [])
                await first.execute("SET ROLE reader", [])
                assert await value(first, "SELECT CURRENT_ROLE()") == "reader"
            async with opened(mysql, server.url) as second:
                assert await value(second, "SELECT CURRENT_ROLE()") is None

    asyncio.run(run())


def test_a_database_ends_with_its_guest_even_where_the_address_names_none(server: Mariadb) -> None:
    async def run() -> None:
        async with provider() as mysql:
            address = server.url.removesuffix("/app")
            async with opened(mysql, address) as first:
                assert await value(first, "SELECT DATABASE()") is None
                connection = await value(first, "SELECT CONNECTION_ID()")
            async with opened(mysql, address) as second:
                assert await value(second, "SELECT CONNECTION_ID()") == connection
                await second.execute("USE other", [])
            async with opened(mysql, address) as third:
                assert await value(third, "SELECT DATABASE()") is None

    asyncio.run(run())


def test_a_stream_that_nobody_reads_ends_with_its_guest(server: Mariadb) -> None:
    async def run() -> None:
        async with provider() as mysql:
            async with opened(mysql, server.url) as first:
                connection = await value(first, "SELECT CONNECTION_ID()")
                stream = await first.stream("SELECT seq, REPEAT('x', 100) FROM seq_1_to_5000", [], 1 << 30)
            async with opened(mysql, server.url) as second:
                with pytest.raises(QueryFailed, match="closed"):
                    await stream.page()
                assert await value(second, "SELECT CONNECTION_ID()") == connection

    asyncio.run(run())


def test_guests_with_other_passwords_share_no_connection(server: Mariadb) -> None:
    async def run() -> None:
        async with provider() as mysql:
            async with opened(mysql, server.url) as first:
                await value(first, "SELECT 1")
            with pytest.raises(Exception, match="Access denied"):
                await mysql.open(server.url.replace("s3cret", "guess"))

    asyncio.run(run())
