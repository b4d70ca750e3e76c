"""NATS: a message is published to the subject of its topic, and its metadata are the headers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar

from msgspec import Struct

from atoll.capabilities.messaging.provider import ConnectionFailed, Message, Other, PermissionDenied, TimedOut
from atoll.capabilities.messaging.providers.nats_headers import check_topic, headers, read
from atoll.capabilities.messaging.remote import Backend, Remote, check_size
from atoll.capabilities.provider import Failed, Place
from atoll.capabilities.remote import Opened
from atoll.manifest.fields import Doc

try:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription
    from nats.errors import Error
    from nats.js import JetStreamContext
    from nats.js.errors import APIError, NoStreamResponseError

    from atoll.capabilities.nats_client import Connection, Url, check_url, lost
except ImportError as missing:
    raise ImportError("the broker `nats` needs its client: pip install 'atoll[nats]'") from missing

_MOST_DENIED = 1000
_FRAME = 256
"""What is kept free of the server's largest message for the frame of the headers."""


class NatsConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "nats"`."""

    url: Url
    jetstream: Annotated[bool, Doc("Wait until a stream has stored the message; without one, sending fails.")] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_url(self.url)


class _Connection(Connection):
    """A connection that knows which topics the server refuses."""

    def __init__(self) -> None:
        super().__init__(self._denial)
        self.denied: set[str] = set()

    async def _denial(self, error: Exception) -> None:
        """The server names the topic that it refuses, now and ever after; the client has made that lower case."""
        said, _, topic = str(error).partition('publish to "')
        if topic and "permissions violation" in said:
            if len(self.denied) >= _MOST_DENIED:
                self.denied.clear()
            self.denied.add(topic.partition('"')[0])


class NatsBroker:
    """One connection carries all messages, so `max_connections` has no effect."""

    Config: ClassVar[type[Struct]] = NatsConfig

    def __init__(self, config: NatsConfig, place: Place) -> None:
        self._config = config
        self._call = Backend("NATS", config, _explain).call
        self._connection = Opened(self._connect, lambda connection: not connection.client.is_closed)

    async def send(self, topic: str, message: Message) -> None:
        """Publish, and wait until the server has taken it; with `jetstream`, until a stream has stored it."""
        check_topic(topic)
        async with self._call():
            connection = await self._ready(message)
            async with connection.used() as client:
                if self._config.jetstream:
                    stream = JetStreamContext(client, timeout=self._config.seconds)
                    await stream.publish(topic, message.data, headers=headers(message))
                else:
                    await client.publish(topic, message.data, headers=headers(message))
                    await self._taken(connection, topic)

    async def request(self, topic: str, message: Message, timeout: float | None, replies: int) -> list[Message]:
        """Publish with an inbox of its own, and listen there."""
        check_topic(topic)
        async with self._call():
            connection = await self._ready(message)
        seconds = self._config.seconds if timeout is None else timeout
        answers: list[Message] = []
        async with (
            self._call(seconds + self._config.seconds),
            connection.used() as client,
            _inbox(client) as inbox,
        ):
            await client.publish(topic, message.data, reply=inbox.subject, headers=headers(message))
            await self._taken(connection, topic)
            # Answers that came are kept, however the wait for more ends.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._listen(inbox, replies, answers)
        if not answers:
            raise TimedOut("nobody answered in time")
        return answers

    async def close(self) -> None:
        """Close the connection."""
        if self._connection.current is not None:
            await self._connection.current.client.close()

    async def _listen(self, inbox: Subscription, replies: int, answers: list[Message]) -> None:
        left = self._config.largest
        async for heard in inbox.messages:
            if _is_nobody(heard):
                raise Other("nobody answers messages to this topic")
            left -= len(heard.data) + len(str(heard.headers or ""))
            if left < 0:
                raise Other(f"the answers have more than {self._config.largest} bytes")
            answers.append(read(heard.subject, heard.data, heard.headers))
            if len(answers) == replies:
                return
        raise ConnectionFailed("the connection ended before an answer came")

    async def _ready(self, message: Message) -> _Connection:
        """The connection, if the message fits: the server ends it for one that does not."""
        connection = await self._connection.get()
        check_size(message, min(self._config.largest, connection.client.max_payload - _FRAME))
        return connection

    async def _taken(self, connection: _Connection, topic: str) -> None:
        """What the server refuses, it says before it answers the ping."""
        await _written(connection.client)
        await connection.client.flush(timeout=self._config.seconds)  # type: ignore[arg-type]
        if topic.lower() in connection.denied:
            raise PermissionDenied("NATS does not let its user publish to this topic")

    async def _connect(self) -> _Connection:
        connection = _Connection()
        await connection.open(self._config.url, self._config)
        return connection


async def _written(client: Client) -> None:
    """Its pings overtake what it has not written yet."""
    pause = 0.0
    while client.pending_data_size:
        await asyncio.sleep(pause)
        pause = 0.001


@asynccontextmanager
async def _inbox(client: Client) -> AsyncIterator[Subscription]:
    inbox = await client.subscribe(client.new_inbox(), pending_msgs_limit=1024)
    try:
        yield inbox
    finally:
        with contextlib.suppress(Error):
            await inbox.unsubscribe()


def _is_nobody(heard: Msg) -> bool:
    return not heard.data and (heard.headers or {}).get("Status") == "503"


def _explain(error: Exception) -> Failed | None:
    if (unreachable := lost(error)) is not None:
        return ConnectionFailed(unreachable)
    match error:
        case TimeoutError():
            return None
        case NoStreamResponseError():
            return Other("has no stream that stores messages to this topic")
        case APIError():
            return Other(f"refused the message: {error.description}")
        case Error():
            return Other(f"refused the message: {error}")
    return None
