"""Who hears what is sent through a broker: plain clients, none of the providers that are tested."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nats.aio.client import Client
from nats.aio.msg import Msg
from redis.asyncio import Redis

from atoll.capabilities.messaging.provider import Message


@dataclass
class Heard:
    """What was heard, in its order."""

    messages: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)

    async def heard(self, count: int) -> Sequence[Message]:
        async with asyncio.timeout(20):
            return [await self.messages.get() for _ in range(count)]


@asynccontextmanager
async def nats_listener(url: str, topics: str = "conformance.>") -> AsyncIterator[Heard]:
    """Answers messages to `….echo` with what they are."""
    client, heard = Client(), Heard()
    await client.connect(url)

    async def hear(message: Msg) -> None:
        if message.reply and message.subject.endswith(".echo"):
            await client.publish(message.reply, message.data, headers=message.headers)
            return
        headers = dict(message.headers or {})
        content_type = headers.pop("Content-Type", None)
        heard.messages.put_nowait(Message(message.data, content_type, list(headers.items()), message.subject))

    await client.subscribe(topics, cb=hear)
    await client.flush()
    try:
        yield heard
    finally:
        await client.close()


@asynccontextmanager
async def redis_listener(url: str, topics: str = "conformance.*") -> AsyncIterator[Heard]:
    """Hears what is published to channels like these."""
    heard = Heard()
    async with Redis.from_url(url) as client, client.pubsub() as listening:
        await listening.psubscribe(topics)
        await listening.get_message(timeout=5)

        async def hear() -> None:
            async for message in listening.listen():
                heard.messages.put_nowait(Message(message["data"], topic=message["channel"].decode()))

        hearing = asyncio.create_task(hear())
        try:
            yield heard
        finally:
            hearing.cancel()
