"""Redis, on servers that the manifest grants by `allowed_outbound_hosts = ["redis://HOST:PORT"]`.

from atoll_guest import redis

with redis.open("redis://localhost:6379") as connection:
    connection.set("color", b"red")
"""

from __future__ import annotations

from collections.abc import Iterable

import wit_world.imports.spin_redis as wit

from atoll_guest.errors import translated
from atoll_guest.opened import Opened

__all__ = ("Connection", "RedisError", "Value", "open")

Value = bytes | int | str | None
"""What a command answers: text is a status, such as `OK`."""


class RedisError(Exception):
    """A server could not be asked, or said no."""


class Connection(Opened[wit.Connection]):
    """A connection. Values are bytes; text is sent as UTF-8. Each method raises RedisError."""

    def get(self, key: str) -> bytes | None:
        """The value of a key; None where there is none."""
        with translated(_error):
            return self._resource.get(key)

    def set(self, key: str, value: bytes | str) -> None:
        """Set a key."""
        with translated(_error):
            self._resource.set(key, _bytes(value))

    def increment(self, key: str) -> int:
        """Add one to the number of a key, which begins with 0; the new number."""
        with translated(_error):
            return self._resource.incr(key)

    def delete(self, *keys: str) -> int:
        """Remove keys; how many were there."""
        with translated(_error):
            return self._resource.del_(list(keys))

    def add_to_set(self, key: str, values: Iterable[str]) -> int:
        """Add to a set; how many were new."""
        with translated(_error):
            return self._resource.sadd(key, list(values))

    def members(self, key: str) -> list[str]:
        """All members of a set."""
        with translated(_error):
            return self._resource.smembers(key)

    def remove_from_set(self, key: str, values: Iterable[str]) -> int:
        """Remove from a set; how many were there."""
        with translated(_error):
            return self._resource.srem(key, list(values))

    def publish(self, channel: str, payload: bytes | str) -> None:
        """Send a message to a channel."""
        with translated(_error):
            self._resource.publish(channel, _bytes(payload))

    def execute(self, command: str, *arguments: bytes | str | int) -> list[Value]:
        """Any command: `execute("HSET", "key", "field", 1)`."""
        given: list[wit.RedisParameter] = [
            wit.RedisParameter_Int64(each) if isinstance(each, int) else wit.RedisParameter_Binary(_bytes(each))
            for each in arguments
        ]
        with translated(_error):
            answered = self._resource.execute(command, given)
        return [None if isinstance(each, wit.RedisResult_Nil) else each.value for each in answered]


def open(address: str) -> Connection:
    """Connect to `redis://HOST:PORT`. Raises RedisError, also where the manifest does not allow the host."""
    with translated(_error):
        return Connection(wit.Connection.open(address))


def _bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _error(error: wit.Error) -> RedisError:
    match error:
        case wit.Error_InvalidAddress():
            return RedisError(
                "the address is wrong or not allowed: `allowed_outbound_hosts` of the component must name it"
            )
        case wit.Error_TooManyConnections():
            return RedisError("too many connections are open: close some, or use `with redis.open(…) as connection`")
        case wit.Error_TypeError():
            return RedisError("the key holds another kind of value")
        case wit.Error_Other(why):
            return RedisError(why)
