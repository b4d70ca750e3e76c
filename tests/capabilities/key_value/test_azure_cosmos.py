"""What is particular to Cosmos DB: how items are laid out, and which keys it takes."""

from typing import Any

import pytest

from atoll.capabilities.key_value import Other
from tests.capabilities.key_value import stores
from tests.capabilities.key_value.running import on_a_loop, opened
from tests.servers.cosmos import Cosmos

pytestmark = pytest.mark.slow


@on_a_loop
async def test_items_are_laid_out_as_spin_does(cosmos_server: Cosmos) -> None:
    async with opened(stores.cosmos(cosmos_server).store(timeout="20s")) as store:
        await store.set("key", b"\x00\xff")
        await store.increment("counter", 5)
        cosmos_server.put("of spin", [104, 105])
        cosmos_server.put("counter of spin", 41)
        assert await store.get("of spin") == b"hi"
        assert await store.get("counter of spin") == b"41"
        assert await store.increment("counter of spin", 1) == 42
    items = cosmos_server.items
    assert items["key"]["value"] == [0, 255]
    assert items["counter"]["value"] == 5 and items["counter of spin"]["value"] == 42


@on_a_loop
async def test_a_counter_that_json_would_round_is_kept_as_bytes(cosmos_server: Cosmos) -> None:
    async with opened(stores.cosmos(cosmos_server).store(timeout="20s")) as store:
        assert await store.increment("large", (1 << 53) + 1) == (1 << 53) + 1
        assert await store.increment("large", 1) == (1 << 53) + 2
    assert cosmos_server.items["large"]["value"] == list(b"%d" % ((1 << 53) + 2))


@pytest.mark.parametrize("key", ["a/b", "a\\b", "a?b", "a#b", "", "ends ", "ends\n"])
@on_a_loop
async def test_a_key_that_cosmos_does_not_take_is_refused_in_every_call(key: str, cosmos_server: Cosmos) -> None:
    async with opened(stores.cosmos(cosmos_server).store()) as store:
        for call in (store.get(key), store.set(key, b""), store.delete(key), store.increment(key, 1)):
            with pytest.raises(Other, match=r"(?i)key"):
                await call


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
@on_a_loop
async def test_an_item_over_2_mb_is_refused_with_the_limit(cosmos_server: Cosmos) -> None:
    async with opened(stores.cosmos(cosmos_server).store(timeout="20s")) as store:
        for size in (600_000, 3_000_000):
            with pytest.raises(Other, match="2 MB"):
                await store.set("key", b"\xff" * size)


@pytest.mark.parametrize("keys", [{"database": "absent"}, {"container": "absent"}])
@on_a_loop
async def test_a_container_that_is_not_there_is_told(keys: dict[str, Any], cosmos_server: Cosmos) -> None:
    async with opened(stores.cosmos(cosmos_server).store(timeout="20s", **keys)) as store:
        with pytest.raises(Other, match="no such database or container"):
            await store.get("key")


@on_a_loop
async def test_an_item_of_others_is_an_error_and_not_a_value(cosmos_server: Cosmos) -> None:
    cosmos_server.put("theirs", {"some": "thing"})
    async with opened(stores.cosmos(cosmos_server).store(timeout="20s")) as store:
        with pytest.raises(Other, match="no key-value store wrote"):
            await store.get("theirs")
