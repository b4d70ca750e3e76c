"""What is particular to Redis: keys and values are those that Spin and other programs see."""

from itertools import chain
from pathlib import Path

import pytest
import redis as library

from atoll.capabilities.key_value import Other
from atoll.capabilities.key_value.providers.redis import Redis, RedisConfig
from tests.capabilities.key_value.running import listed, on_a_loop, opened
from tests.capabilities.key_value.stores import PLACE
from tests.servers.redis import Redis as Server
from tests.servers.redis import redis


@on_a_loop
async def test_keys_and_values_are_plain_strings_of_the_database(redis_server: Server) -> None:
    with library.Redis.from_url(redis_server.url) as other:
        other.set("of another", b"\xff")
        async with opened(Redis(RedisConfig(url=redis_server.url), PLACE)) as store:
            assert await store.get("of another") == b"\xff"
            await store.set("ours", b"value")
            await store.increment("counter", 5)
        assert other.get("ours") == b"value"
        assert other.incrby("counter", 1) == 6


@on_a_loop
async def test_a_value_of_another_type_is_an_error_and_stays(redis_server: Server) -> None:
    with library.Redis.from_url(redis_server.url) as other:
        other.delete("list")
        other.rpush("list", "item")
        async with opened(Redis(RedisConfig(url=redis_server.url), PLACE)) as store:
            for call in (store.get("list"), store.increment("list", 1), store.swap("list", b"item", b"x")):
                with pytest.raises(Other, match="WRONGTYPE"):
                    await call
        assert other.lrange("list", 0, -1) == [b"item"]


@on_a_loop
async def test_keys_that_are_no_text_are_left_out_of_the_listing(redis_server: Server) -> None:
    with library.Redis.from_url(redis_server.url) as other:
        other.set(b"\xff\xfe", b"value")
        async with opened(Redis(RedisConfig(url=redis_server.url), PLACE)) as store:
            await store.set("text", b"value")
            keys = list(chain.from_iterable(await listed(store)))
        assert "text" in keys and all("\ufffd" not in key for key in keys)
        other.delete(b"\xff\xfe")


@on_a_loop
async def test_a_value_over_the_servers_limit_is_refused_with_it(tmp_path: Path) -> None:
    with redis(tmp_path, "", "--proto-max-bulk-len", "1mb") as server:
        async with opened(Redis(RedisConfig(url=server.url), PLACE)) as store:
            with pytest.raises(Other, match=r"proto-max-bulk-len|cannot be reached"):
                await store.set("large", b"x" * (2 << 20))
            await store.set("small", b"x")
            assert await store.get("small") == b"x"


@pytest.mark.slow
@on_a_loop
async def test_a_listing_comes_in_pages(redis_server: Server) -> None:
    async with opened(Redis(RedisConfig(url=redis_server.url), PLACE)) as store:
        wanted = {f"page-{number}" for number in range(5000)}
        await store.set_many([(key, b"x") for key in wanted])
        pages = await listed(store)
        assert len(pages) > 2 and max(map(len, pages)) < 2500
        assert wanted <= {key for page in pages for key in page}
        await store.delete_many(list(wanted))
