"""A Redis server for the tests of the room, and providers that are closed when a test's loop ends."""

import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from atoll.capabilities.provider import Failed, Place
from atoll.capabilities.redis.providers.redis import RedisConfig, RedisServers
from tests.servers.redis_tls import Server, redis_with_tls

PASSWORD = "geheim%20is+it"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With a user `guest`, who may do everything."""
    with redis_with_tls(tmp_path_factory.mktemp("redis")) as server:
        server.asked("ACL", "SETUSER", "guest", "on", ">geheim is+it", "allkeys", "allchannels", "allcommands")
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """One that the test may stop or configure."""
    with redis_with_tls(tmp_path) as server:
        yield server


@asynccontextmanager
async def provider(**keys: Any) -> AsyncIterator[RedisServers]:
    """A provider with these keys; short timeouts unless they say otherwise."""
    config = RedisConfig(**{"connect_timeout": 2, "operation_timeout": 2, **keys})
    redis = RedisServers(config, Place(label="", config=Path(), state=Path()))
    try:
        yield redis
    finally:
        await redis.close()


async def failed(call: Awaitable[object], *, within: float) -> str:
    """The message of the `other` that a call must end with, in so many seconds."""
    started = time.monotonic()
    with pytest.raises(Failed) as caught:
        await call
    assert time.monotonic() - started < within
    assert caught.value.case == "other"
    return str(caught.value)
