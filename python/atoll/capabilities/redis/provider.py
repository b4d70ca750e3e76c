"""What a provider of outbound Redis is: the Protocol and its errors.

Interfaces: fermyon:spin/redis, fermyon:spin/redis@2.0.0 and spin:redis/redis@3.0.0. The data plane has checked the
address against `allowed_outbound_hosts` before it calls. An address may hold a password; no message of this room does.
"""

from collections.abc import Awaitable, Sequence
from typing import ClassVar, Protocol, TypeAlias

from atoll.capabilities.provider import Failed


class Status(str):
    """A simple string of the server, such as "OK": `status` of the interface, where bytes are `binary`."""

    __slots__ = ()


Reply: TypeAlias = Status | int | bytes | None
"""One `redis-result`: nil, status, int64 or binary."""


class Redis(Protocol):
    """Redis servers by address: `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS.

    Guests share what the provider holds per address, so no call may change what a later call finds: neither database,
    user, protocol nor transaction. Every method may raise InvalidAddress, TooManyConnections and Other.
    """

    def open(self, address: str) -> Awaitable[None] | None:
        """Show that the server can be reached with these credentials. What is connected may stay for later calls."""

    def publish(self, address: str, channel: str, payload: bytes) -> Awaitable[None] | None:
        """Send a message to whoever is subscribed to the channel."""

    def get(self, address: str, key: str) -> Awaitable[bytes | None] | bytes | None:
        """The value of a key, None if there is no such key. Raises WrongType if it holds no string."""

    def set(self, address: str, key: str, value: bytes) -> Awaitable[None] | None:
        """Give a key this value, whatever it had before."""

    def incr(self, address: str, key: str) -> Awaitable[int] | int:
        """Add one to a number, 0 where the key is new, and return it. Raises WrongType if it is no 64-bit integer."""

    def delete(self, address: str, keys: Sequence[str]) -> Awaitable[int] | int:
        """Remove keys; how many there were. (`del` in WIT.)"""

    def sadd(self, address: str, key: str, values: Sequence[str]) -> Awaitable[int] | int:
        """Add members to a set; how many are new. Raises WrongType if the key holds no set."""

    def smembers(self, address: str, key: str) -> Awaitable[Sequence[str]] | Sequence[str]:
        """The members of a set, in any order. Raises WrongType if the key holds no set, or one of other than text."""

    def srem(self, address: str, key: str, values: Sequence[str]) -> Awaitable[int] | int:
        """Remove members of a set; how many there were. Raises WrongType if the key holds no set."""

    def execute(
        self, address: str, command: str, arguments: Sequence[int | bytes]
    ) -> Awaitable[Sequence[Reply]] | Sequence[Reply]:
        """Send any command. An array in reply gives its elements, those of arrays in it in their place; else it is one.

        Raises Other for a command that would change the connection for later calls, and for any error of the server,
        with the server's text.
        """


class InvalidAddress(Failed):
    """This is no address of a Redis server."""

    case: ClassVar[str] = "invalid-address"


class TooManyConnections(Failed):
    """All connections are in use and none came free in time, or the server accepts no more."""

    case: ClassVar[str] = "too-many-connections"


class WrongType(Failed):
    """The key holds a value of another type than the operation is for."""

    case: ClassVar[str] = "type-error"


class Other(Failed):
    """Anything else: the server is down, too slow, or answered with an error, which is the message."""

    case: ClassVar[str] = "other"
