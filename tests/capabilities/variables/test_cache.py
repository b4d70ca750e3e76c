"""How long answers are kept, and what becomes of them when the backend is down."""

import asyncio

import pytest

from atoll.capabilities.variables import BackendFailed, Unreachable
from atoll.capabilities.variables.cache import Cache

pytestmark = pytest.mark.anyio


class Backend:
    """What a server does: it counts, takes its time, and can be down."""

    def __init__(self) -> None:
        self.asked = 0
        self.value: str | None = "one"
        self.failure: Exception | None = None
        self.seconds = 0.0

    async def fetch(self, name: str) -> str | None:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure
        return self.value


async def test_a_hundred_at_once_make_one_request() -> None:
    backend = Backend()
    backend.seconds = 0.05
    cache = Cache(backend.fetch, 60)
    assert await asyncio.gather(*(cache.get("name") for _ in range(100))) == ["one"] * 100
    assert backend.asked == 1


@pytest.mark.parametrize("value", ["one", None])
async def test_a_value_is_kept_for_its_time(value: str | None) -> None:
    backend = Backend()
    backend.value = value
    cache = Cache(backend.fetch, 0.1)
    assert [await cache.get("name") for _ in range(5)] == [value] * 5
    assert backend.asked == 1
    backend.value = "two"
    await asyncio.sleep(0.11)
    assert await cache.get("name") == "two"
    assert backend.asked == 2


async def test_no_time_means_that_the_backend_is_asked_each_time() -> None:
    backend = Backend()
    cache = Cache(backend.fetch, 0)
    assert [await cache.get("name") for _ in range(3)] == ["one"] * 3
    assert backend.asked == 3
    backend.failure = Unreachable("down")
    with pytest.raises(Unreachable):
        await cache.get("name")


async def test_a_value_stands_in_while_the_backend_is_down_but_not_for_ever() -> None:
    backend = Backend()
    cache = Cache(backend.fetch, 0.02, stale=0.3, pause=0.01)
    assert await cache.get("name") == "one"
    backend.failure = Unreachable("down")
    await asyncio.sleep(0.05)
    assert await cache.get("name") == "one"
    assert backend.asked == 2
    await asyncio.sleep(0.3)
    with pytest.raises(Unreachable):
        await cache.get("name")


async def test_a_refusal_is_told_at_once_and_no_value_stands_in() -> None:
    backend = Backend()
    cache = Cache(backend.fetch, 0.02)
    assert await cache.get("name") == "one"
    backend.failure = BackendFailed("the token was revoked")
    await asyncio.sleep(0.03)
    with pytest.raises(BackendFailed, match="revoked"):
        await cache.get("name")
    backend.failure = None
    assert await cache.get("name") == "one"


async def test_a_dead_backend_is_asked_once_a_pause() -> None:
    backend = Backend()
    backend.failure = Unreachable("down")
    cache = Cache(backend.fetch, 60, pause=0.1)
    for name in ("one", "two", "three"):
        with pytest.raises(Unreachable, match="down"):
            await cache.get(name)
    assert backend.asked == 1
    backend.failure = None
    await asyncio.sleep(0.11)
    assert await cache.get("one") == "one"


async def test_one_that_gives_up_leaves_the_answer_to_the_others() -> None:
    backend = Backend()
    backend.seconds = 0.1
    cache = Cache(backend.fetch, 60)
    first, second = (asyncio.create_task(cache.get("name")) for _ in range(2))
    await asyncio.sleep(0.02)
    first.cancel()
    assert await second == "one"
    with pytest.raises(asyncio.CancelledError):
        await first
    assert backend.asked == 1


async def test_closing_ends_what_is_under_way() -> None:
    backend = Backend()
    backend.seconds = 60
    cache = Cache(backend.fetch, 60)
    waiting = asyncio.create_task(cache.get("name"))
    await asyncio.sleep(0.01)
    await cache.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
