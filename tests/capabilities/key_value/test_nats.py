"""What is particular to NATS: its keys, and the size of its messages."""

import asyncio
from itertools import chain
from typing import Any

import nats as library
import pytest
from hypothesis import given
from hypothesis import strategies as some
from nats.js.kv import KeyValue

from atoll.capabilities.key_value import Other
from atoll.capabilities.key_value.providers.nats import Nats, NatsConfig
from atoll.capabilities.key_value.providers.nats_keys import decoded, encoded
from tests.capabilities.key_value.running import listed, on_a_loop, opened
from tests.capabilities.key_value.stores import PLACE
from tests.servers.nats import Nats as Server


@given(some.text(max_size=50) | some.text(alphabet=".=*> /aA0", max_size=8))
def test_every_key_has_one_encoding_that_nats_allows(key: str) -> None:
    plain = encoded(key)
    assert plain and decoded(plain) == key
    assert all(plain.split(".")) and set(plain) <= set(
        "-/_=.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    )


@pytest.mark.parametrize("key", ["plain", "a.b.c", "users/1", "A-b_9"])
def test_a_key_that_nats_allows_is_kept(key: str) -> None:
    assert encoded(key) == key


@pytest.mark.parametrize("plain", ["=", "a=", "=4", "=41", "=e9", "=FF", "a=zz"])
def test_a_key_of_others_that_no_text_encodes_to_is_no_key(plain: str) -> None:
    assert decoded(plain) == ("" if plain == "=" else None)


@on_a_loop
async def test_other_clients_of_the_bucket_see_the_same(nats_server: Server) -> None:
    async with opened(Nats(NatsConfig(url=nats_server.url, bucket="shared"), PLACE)) as store:
        await store.set("ours", b"value")
        client = await library.connect(nats_server.url)
        bucket = await client.jetstream().key_value("shared")
        assert (await bucket.get("ours")).value == b"value"
        await bucket.put("theirs", b"value")
        await bucket.put("not=ours", b"value")
        await client.close()
        assert await store.get("theirs") == b"value"
        assert sorted(chain.from_iterable(await listed(store))) == ["ours", "theirs"]


@on_a_loop
async def test_a_value_over_the_servers_limit_is_refused_with_it(nats_server: Server) -> None:
    async with opened(Nats(NatsConfig(url=nats_server.url, bucket="store"), PLACE)) as store:
        most = (1 << 20) - 128
        await store.set("key", b"x" * most)
        assert await store.swap("key", b"x" * most, b"y" * most)
        with pytest.raises(Other, match=f"up to {most} bytes"):
            await store.set("key", b"x" * (most + 1))
        assert await store.get("key") == b"y" * most


@on_a_loop
async def test_a_key_too_long_is_refused_with_the_limit(nats_server: Server) -> None:
    async with opened(Nats(NatsConfig(url=nats_server.url, bucket="store"), PLACE)) as store:
        await store.set("k" * 3000, b"value")
        assert await store.get("k" * 3000) == b"value"
        with pytest.raises(Other, match="3000 bytes"):
            await store.set("k" * 3001, b"value")


@pytest.mark.slow
@on_a_loop
async def test_a_listing_comes_in_pages_and_can_be_left(nats_server: Server) -> None:
    async with opened(Nats(NatsConfig(url=nats_server.url, bucket="paged", timeout="60s"), PLACE)) as store:
        await store.set_many([(f"{number}", b"x") for number in range(2200)])
        await store.delete_many([f"{number}" for number in range(100)])
        assert [len(page) for page in await listed(store)] == [1000, 1000, 100]
        pages = store.keys()
        await anext(pages)
        await pages.aclose()
        assert await store.get("2199") == b"x"


class Hasty:
    """A watcher that says at once that all keys are there, as a busy server does; it never hears of the last `lost`."""

    def __init__(self, watcher: Any, lost: int) -> None:
        self._watcher = watcher
        self._said = False
        self._lost = lost

    async def __anext__(self) -> Any:
        if not self._said:
            self._said = True
            return None
        entry = await anext(self._watcher)
        if entry is not None and int(entry.key) >= 100 - self._lost:
            await asyncio.sleep(60)
        return entry

    async def stop(self) -> None:
        await self._watcher.stop()


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])
def test_a_listing_is_whole_though_the_server_says_too_early_that_it_is(
    lost: int, nats_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where one that was counted does not come any more."""
    watchall = KeyValue.watchall

    async def hasty(bucket: KeyValue, **options: Any) -> Any:
        return Hasty(await watchall(bucket, **options), lost)

    monkeypatch.setattr(KeyValue, "watchall", hasty)

    async def main() -> None:
        async with opened(Nats(NatsConfig(url=nats_server.url, bucket=f"hasty{lost}"), PLACE)) as store:
            await store.set_many([(f"{number}", b"x") for number in range(100)])
            await store.delete_many([f"{number}" for number in range(10)])
            keys = sorted(int(key) for page in await listed(store) for key in page)
            assert keys == [*range(10, 100 - lost)]

    asyncio.run(main())


@pytest.mark.slow
@on_a_loop
async def test_a_listing_whose_server_died_fails_at_once(nats_server: Server) -> None:
    async with opened(Nats(NatsConfig(url=nats_server.url, bucket="lost", timeout="30s"), PLACE)) as store:
        await store.set_many([(f"{number}", b"x") for number in range(1100)])
        pages = store.keys()
        await anext(pages)
        nats_server.stop()
        try:
            await asyncio.sleep(0.2)
            async with asyncio.timeout(5):
                with pytest.raises(Other):
                    await anext(pages)
        finally:
            nats_server.start()
        assert await store.get("1") == b"x"
