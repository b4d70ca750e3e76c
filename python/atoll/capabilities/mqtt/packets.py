"""The packets of MQTT 3.1.1 that a client needs to publish (OASIS, mqtt-v3.1.1-os), as bytes."""

from typing import Final, NamedTuple

CONNACK: Final = 0x20
PUBACK: Final = 0x40
PUBREC: Final = 0x50
PUBCOMP: Final = 0x70
DISCONNECT: Final = b"\xe0\x00"

LARGEST: Final = (1 << 28) - 1
"""Bytes after the header that a packet can have."""
_LONGEST: Final = 0xFFFF
_MOST_LEVELS: Final = 200

REFUSALS: Final = {
    1: "the broker does not speak MQTT 3.1.1",
    2: "the broker refuses the client id",
    3: "the broker is not available",
    4: "the broker refuses the user name or password",
    5: "the broker does not authorize the client",
}
"""What the return codes of CONNACK say."""


class Login(NamedTuple):
    """What CONNECT says."""

    client_id: str
    username: str
    password: str
    keep_alive: int


def connect(login: Login) -> bytes:
    """CONNECT, always with a clean session, as there is nothing that a publisher could come back to."""
    flags, parts = 0x02, [login.client_id]
    if login.username or login.password:
        flags |= 0x80
        parts.append(login.username)
    if login.password:
        flags |= 0x40
        parts.append(login.password)
    head = b"\x00\x04MQTT\x04" + bytes([flags]) + login.keep_alive.to_bytes(2)
    return _packet(0x10, head + b"".join(_text(part) for part in parts))


def publish(topic: str, size: int, qos: int, number: int) -> bytes:
    """PUBLISH up to where its payload of `size` bytes begins."""
    head = _text(topic) + (number.to_bytes(2) if qos else b"")
    return bytes([0x30 | qos << 1]) + _length(len(head) + size) + head


def pubrel(number: int) -> bytes:
    """PUBREL."""
    return _packet(0x62, number.to_bytes(2))


def too_long(text: str) -> bool:
    """Whether a text has more bytes than MQTT can say."""
    return len(text.encode()) > _LONGEST


def overhead(topic: str) -> int:
    """Bytes of a PUBLISH beside its payload and first header."""
    return 4 + len(topic.encode())


def wrong_topic(topic: str) -> str | None:
    """Why nobody can publish to this topic, or None. A broker would end the connection, which others want to use."""
    if not topic:
        return "a topic cannot be empty"
    if "+" in topic or "#" in topic:
        return "a topic to publish to has no wildcards + and #"
    if any(_barred(ord(letter)) for letter in topic):
        return "a topic has no control characters and no noncharacters"
    if too_long(topic):
        return f"a topic has at most {_LONGEST} bytes"
    if topic.count("/") >= _MOST_LEVELS:
        return f"a topic has at most {_MOST_LEVELS} levels"
    return None


def _barred(code: int) -> bool:
    """What section 1.5.3 lets a broker end the connection for."""
    return (
        code < 0x20
        or 0x7F <= code < 0xA0
        or 0xD800 <= code < 0xE000
        or 0xFDD0 <= code < 0xFDF0
        or code & 0xFFFE == 0xFFFE
    )


def _packet(head: int, body: bytes) -> bytes:
    return bytes([head]) + _length(len(body)) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2) + data


def _length(size: int) -> bytes:
    encoded = bytearray()
    while size > 0x7F:
        encoded.append(size & 0x7F | 0x80)
        size >>= 7
    encoded.append(size)
    return bytes(encoded)
