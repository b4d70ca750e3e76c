"""What a provider of messaging is: the Protocol, its values and errors.

Interfaces: wasi:messaging@0.2.0-draft and wasmcloud:messaging@0.3.0, both `producer` and `request-reply`. The data
plane has checked broker and topic against the component's grant before it calls.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from atoll.capabilities.provider import Failed


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, and what comes back."""

    data: bytes
    content_type: str | None = None
    metadata: Sequence[tuple[str, str]] = ()
    """By key, each once."""
    topic: str | None = None
    """Where a reply came from; None for what is sent."""


class Broker(Protocol):
    """One broker. All guests that were granted it share what the provider holds, and no call may disturb another.

    Every method may raise TimedOut, ConnectionFailed, PermissionDenied and Other.
    """

    def send(self, topic: str, message: Message) -> Awaitable[None] | None:
        """Send a message, and return once the broker has it.

        Raises Other for a topic that none can send to, and for a message that is too large or cannot be carried.
        """

    def request(
        self, topic: str, message: Message, timeout: float | None, replies: int
    ) -> Awaitable[Sequence[Message]] | Sequence[Message]:
        """Send a message, and return the first `replies` answers, or those that came within `timeout` seconds.

        Without a timeout it is the provider's own. Raises TimedOut if there is no answer in time, and Other if nobody
        is there who could answer, or where the broker has no answers at all.
        """


class TimedOut(Failed):
    """The broker, or whoever is to answer, was too slow."""

    case: ClassVar[str] = "timeout"


class ConnectionFailed(Failed):
    """The broker is down, refuses the login, or ended the connection."""

    case: ClassVar[str] = "connection"


class PermissionDenied(Failed):
    """The broker does not let this user send there."""

    case: ClassVar[str] = "permission-denied"


class Other(Failed):
    """Anything else; the message says what."""

    case: ClassVar[str] = "other"
