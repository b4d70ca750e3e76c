"""What a provider of outbound MQTT is: the Protocol, its values and errors.

Interfaces: fermyon:spin/mqtt@2.0.0 and spin:mqtt/mqtt@3.0.0. The data plane has checked the address against
`allowed_outbound_hosts` before it calls. A session has a password; no message of this room does.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, TypeAlias

from atoll.capabilities.provider import Failed

Qos: TypeAlias = Literal[0, 1, 2]
"""At most once, at least once, exactly once."""


@dataclass(frozen=True, repr=False, slots=True)
class Session:
    """What a guest opened: a value, equal to any other of the same content. Its text says nothing of it."""

    address: str
    """`mqtt://host[:port][?client_id=name]`, or `mqtts://` for TLS."""
    username: str
    """Empty for none."""
    password: str
    keep_alive: int
    """Seconds within which the broker is to hear from the client; 0 for any time."""


class Mqtt(Protocol):
    """Brokers by session. Guests share what the provider holds per session, and no call may disturb another.

    Every method may raise InvalidAddress, TooManyConnections, ConnectionFailed and Other.
    """

    def open(self, session: Session) -> Awaitable[None] | None:
        """Show that the broker takes this session. What is connected may stay for later calls."""

    def publish(self, session: Session, topic: str, payload: bytes, qos: Qos) -> Awaitable[None] | None:
        """Publish a message, and return once the broker has acknowledged it; at `qos` 0, once it is sent.

        Raises ConnectionFailed if the connection ends before: then the message may have been delivered. Raises Other
        for a topic that none can publish to, and for a payload that is too large.
        """


class InvalidAddress(Failed):
    """This is no address of an MQTT broker."""

    case: ClassVar[str] = "invalid-address"


class TooManyConnections(Failed):
    """All connections are in use and none came free in time."""

    case: ClassVar[str] = "too-many-connections"


class ConnectionFailed(Failed):
    """The broker is down, too slow, refuses the session, or ended the connection."""

    case: ClassVar[str] = "connection-failed"


class Other(Failed):
    """Anything else; the message says what."""

    case: ClassVar[str] = "other"
