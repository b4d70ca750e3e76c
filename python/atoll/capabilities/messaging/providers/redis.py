"""Redis: a message is published to the channel of its topic, for whoever listens at that moment."""

from typing import ClassVar

from msgspec import Struct

from atoll.capabilities.messaging.provider import ConnectionFailed, Message, Other, PermissionDenied
from atoll.capabilities.messaging.remote import Backend, Remote, check_size
from atoll.capabilities.provider import Failed, Place

try:
    from redis import exceptions

    from atoll.capabilities.redis_client import Url, check_url, client, close
except ImportError as missing:
    raise ImportError("the broker `redis` needs its client: pip install 'atoll[redis]'") from missing


class RedisConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "redis"`."""

    url: Url

    def __post_init__(self) -> None:
        super().__post_init__()
        check_url(self.url, self)


class RedisBroker:
    """A connection publishes one message at a time; a cancelled or timed out call costs its connection."""

    Config: ClassVar[type[Struct]] = RedisConfig

    def __init__(self, config: RedisConfig, place: Place) -> None:
        self._largest = config.largest
        self._client = client(config.url, config)
        self._call = Backend("Redis", config, _explain).call

    async def send(self, topic: str, message: Message) -> None:
        """PUBLISH of the data; a channel has no place for content type and metadata."""
        check_size(message, self._largest)
        async with self._call():
            await self._client.publish(topic, message.data)

    async def request(self, topic: str, message: Message, timeout: float | None, replies: int) -> list[Message]:
        """A channel has no way back."""
        raise Other("Redis has no answers to messages: only send is possible")

    async def close(self) -> None:
        """Close all connections."""
        await close(self._client)


def _explain(error: Exception) -> Failed | None:
    match error:
        case exceptions.NoPermissionError():
            return PermissionDenied("does not let its user publish to this topic")
        case exceptions.AuthenticationError() | exceptions.AuthorizationError():
            return ConnectionFailed("refused the user or the password")
        case exceptions.TimeoutError():
            return None
        case exceptions.ConnectionError():
            return ConnectionFailed("cannot be reached")
        case exceptions.RedisError():
            return Other(f"refused the message: {error}")
    return None
