"""What is particular to PostgreSQL: its table."""

import asyncio

import asyncpg
import pytest

from atoll.capabilities.key_value import Other
from atoll.capabilities.key_value.providers.postgres import Postgres, PostgresConfig
from tests.capabilities.key_value.running import listed, on_a_loop, opened
from tests.capabilities.key_value.stores import PLACE
from tests.servers.postgres import Postgres as Server

pytestmark = pytest.mark.slow


def store_in(server: Server, table: str, url: str | None = None) -> Postgres:
    return Postgres(PostgresConfig(url=url or server.url, table=table), PLACE)


@on_a_loop
async def test_the_table_is_made_once_however_many_stores_ask_first(postgres_server: Server) -> None:
    stores = [store_in(postgres_server, "asked_by_many") for _ in range(5)]
    try:
        await asyncio.gather(*(store.set(f"key{number}", b"x") for number, store in enumerate(stores)))
        assert await listed(stores[0]) == [[f"key{number}" for number in range(5)]]
    finally:
        await asyncio.gather(*(store.close() for store in stores))


@on_a_loop
async def test_a_name_of_a_table_is_a_name_and_nothing_else(postgres_server: Server) -> None:
    for table in ('odd"; DROP TABLE kept; --', "Upper Case", "public.inner", "{0}"):
        async with opened(store_in(postgres_server, table)) as store:
            await store.set("key", b"value")
            assert await store.get("key") == b"value"


@on_a_loop
async def test_a_role_that_may_not_make_tables_uses_one_that_is_there(postgres_server: Server) -> None:
    async with opened(store_in(postgres_server, "granted")) as store:
        await store.set("key", b"value")
    owner = await asyncpg.connect(postgres_server.url)
    await owner.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'; GRANT SELECT ON granted TO guest")
    await owner.close()
    url = postgres_server.url.replace("postgres:password-of-the-test@", "guest:guest@")
    async with opened(store_in(postgres_server, "granted", url)) as store:
        assert await store.get("key") == b"value"
        with pytest.raises(Other, match="refused access to the table"):
            await store.set("key", b"other")
    async with opened(store_in(postgres_server, "not_there", url)) as store:
        with pytest.raises(Other, match="refused access"):
            await store.get("key")


@on_a_loop
async def test_a_key_too_long_for_the_index_is_refused_with_the_limit(postgres_server: Server) -> None:
    # Not one letter many times over, which the server would compress.
    key = "".join(chr(0x4E00 + number * 37 % 20000) for number in range(4000))
    async with opened(store_in(postgres_server, "store")) as store:
        with pytest.raises(Other, match="2,700 bytes"):
            await store.set(key, b"value")


@on_a_loop
async def test_a_listing_comes_in_pages_and_survives_what_others_write(postgres_server: Server) -> None:
    async with opened(store_in(postgres_server, "paged")) as store:
        await store.set_many([(f"{number:05}", b"x") for number in range(2500)])
        pages = store.keys()
        first = await anext(pages)
        await store.delete_many(first)
        await store.set_many([("00000", b"new"), ("99999", b"new")])
        rest = [page async for page in pages]
        assert first == [f"{number:05}" for number in range(1000)]
        assert [len(page) for page in rest] == [1000, 501]
        assert rest[-1][-1] == "99999"


@on_a_loop
async def test_many_writes_of_the_same_keys_do_not_block_each_other(postgres_server: Server) -> None:
    async with opened(store_in(postgres_server, "contended")) as store:
        keys = [f"key{number}" for number in range(50)]
        there, back = [(key, b"there") for key in keys], [(key, b"back") for key in reversed(keys)]
        writes = (store.set_many(items) for items in (there, back) * 10)
        removals = (store.delete_many(some) for some in (keys, keys[::-1]) * 10)
        await asyncio.gather(*writes, *removals)


@on_a_loop
async def test_connections_end_while_they_are_idle_and_no_call_notices(postgres_server: Server) -> None:
    async with opened(store_in(postgres_server, "store")) as store:
        await store.set("key", b"value")
        other = await asyncpg.connect(postgres_server.url)
        await other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        await other.close()
        await asyncio.sleep(0.1)
        assert await store.get("key") == b"value"
