"""Brokers for the tests of the room, and providers that are closed when a test's loop ends."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from atoll.capabilities.messaging.providers.nats import NatsBroker, NatsConfig
from atoll.capabilities.messaging.providers.redis import RedisBroker, RedisConfig
from atoll.capabilities.provider import Place
from tests.servers.nats import Nats, nats
from tests.servers.redis import Redis, redis

PLACE = Place(label="events", config=Path(), state=Path())


@pytest.fixture(scope="module")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    with nats(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@asynccontextmanager
async def over_nats(url: str, **keys: Any) -> AsyncIterator[NatsBroker]:
    """A provider with these keys; short timeouts unless they say otherwise."""
    broker = NatsBroker(NatsConfig(url=url, **{"connect_timeout": "2s", "timeout": "2s", **keys}), PLACE)
    try:
        yield broker
    finally:
        await broker.close()


@asynccontextmanager
async def over_redis(url: str, **keys: Any) -> AsyncIterator[RedisBroker]:
    """The same over Redis."""
    broker = RedisBroker(RedisConfig(url=url, **{"connect_timeout": "2s", "timeout": "2s", **keys}), PLACE)
    try:
        yield broker
    finally:
        await broker.close()
