"""Every provider passes the suite, against its real broker."""

import asyncio

import pytest

from atoll.capabilities.messaging.conformance import CHECKS, CHECKS_OF_ANSWERS, CHECKS_OF_METADATA, Check
from atoll.capabilities.messaging.provider import Message
from atoll.capabilities.messaging.providers.memory import MemoryBroker, MemoryConfig
from tests.capabilities.messaging.conftest import PLACE, over_nats, over_redis
from tests.servers.listeners import Heard, nats_listener, redis_listener
from tests.servers.nats import Nats
from tests.servers.redis import Redis


def named(checks: tuple[Check, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("check", checks, ids=lambda check: check.__name__)


ALL = CHECKS + CHECKS_OF_METADATA + CHECKS_OF_ANSWERS


@named(ALL)
def test_nats_conforms(nats_server: Nats, check: Check) -> None:
    async def run() -> None:
        async with over_nats(nats_server.url) as broker, nats_listener(nats_server.url) as listener:
            await check(broker, listener)

    asyncio.run(run())


@named(CHECKS)
def test_redis_conforms(redis_server: Redis, check: Check) -> None:
    async def run() -> None:
        async with over_redis(redis_server.url) as broker, redis_listener(redis_server.url) as listener:
            await check(broker, listener)

    asyncio.run(run())


@named(ALL)
def test_memory_conforms(check: Check) -> None:
    async def run() -> None:
        broker, listener = MemoryBroker(MemoryConfig(), PLACE), Heard()

        async def hear(message: Message) -> Message | None:
            if message.topic == "conformance.echo":
                return message
            listener.messages.put_nowait(message)
            if message.topic == "conformance.silent":
                await asyncio.sleep(60)
            return None

        broker.answer("conformance.*", hear)
        await check(broker, listener)

    asyncio.run(run())
