"""The room of messages: what a guest sends to topics of the brokers that it was granted by label.

Exported are the Protocol, its errors and values, and the built-in providers by their `type`.
"""

from atoll.capabilities.messaging.provider import (
    Broker,
    ConnectionFailed,
    Message,
    Other,
    PermissionDenied,
    TimedOut,
)

PROVIDERS: dict[str, str] = {
    "memory": "atoll.capabilities.messaging.providers.memory:MemoryBroker",
    "nats": "atoll.capabilities.messaging.providers.nats:NatsBroker",
    "redis": "atoll.capabilities.messaging.providers.redis:RedisBroker",
}
"""Module and class of each type: imported when first used, as most need a client library."""

__all__ = ["PROVIDERS", "Broker", "ConnectionFailed", "Message", "Other", "PermissionDenied", "TimedOut"]
