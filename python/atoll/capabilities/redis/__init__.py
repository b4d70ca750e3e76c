"""The room of outbound Redis: commands that a guest sends to a Redis server which it names by address.

Exported are the Protocol, its errors and reply type, and the built-in providers by their `type`.
"""

from atoll.capabilities.redis.provider import InvalidAddress, Other, Redis, Reply, Status, TooManyConnections, WrongType

PROVIDERS: dict[str, str] = {"redis": "atoll.capabilities.redis.providers.redis:RedisServers"}
"""Module and class of each type: imported when first used, as it needs a client library."""

__all__ = ["PROVIDERS", "InvalidAddress", "Other", "Redis", "Reply", "Status", "TooManyConnections", "WrongType"]
