"""What NATS allows as a subject and as headers: it ends the connection, which all share, for what it does not."""

import re
from collections.abc import Mapping

from atoll.capabilities.messaging.provider import Message, Other

_LONGEST = 1024
"""Bytes of a topic: the server takes lines of 4 KiB."""
_TYPE = "Content-Type"
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def check_topic(topic: str) -> None:
    """Raises Other for a topic that none may send to."""
    if not topic or any(ord(letter) <= 32 or ord(letter) == 127 for letter in topic):
        raise Other("a topic of NATS has at least one character, no blanks and no control characters")
    if len(topic.encode()) > _LONGEST:
        raise Other(f"NATS takes topics up to {_LONGEST} bytes")
    if any(part in ("", "*", ">") for part in topic.split(".")):
        raise Other("a topic of NATS has no empty parts and no wildcards")
    if topic.startswith("$"):
        raise Other("topics that begin with `$` are those by which NATS itself is managed")


def headers(message: Message) -> dict[str, str] | None:
    """The message's metadata and content type. Raises Other for what cannot be a header."""
    made = dict(message.metadata)
    if message.content_type is not None:
        made[_TYPE] = message.content_type
    for name, value in made.items():
        if not _NAME.fullmatch(name) or any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
            raise Other("metadata of NATS are headers: names of letters, digits and `-`, values of one line")
        if name.lower().startswith("nats-"):
            raise Other("metadata that begin with `Nats-` are those by which NATS itself is told what to do")
    return made or None


def read(topic: str, data: bytes, made: Mapping[str, str] | None) -> Message:
    """A message as it came."""
    others = [(name, value) for name, value in (made or {}).items() if name.lower() != _TYPE.lower()]
    types = [value for name, value in (made or {}).items() if name.lower() == _TYPE.lower()]
    return Message(data, types[0] if types else None, others, topic)
