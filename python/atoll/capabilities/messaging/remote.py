"""What the brokers behind a network share: their keys, and one way to fail."""

from collections.abc import Callable
from typing import Annotated

from atoll.capabilities import remote
from atoll.capabilities.messaging.provider import ConnectionFailed, Message, Other, TimedOut
from atoll.capabilities.provider import Failed
from atoll.manifest.fields import Doc
from atoll.manifest.units import Unit, parse


class Remote(remote.Pooled, frozen=True, kw_only=True):
    """The keys that every broker has beside its own."""

    max_message_size: Annotated[str, Doc("Bytes of the largest message, and of all answers to a request.")] = "8MiB"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.largest < 1:
            raise ValueError("`max_message_size` must be at least 1")

    @property
    def largest(self) -> int:
        """`max_message_size` in bytes."""
        return parse(Unit.SIZE, self.max_message_size)


class Backend(remote.Backend):
    """How calls to one broker are made."""

    def __init__(self, name: str, config: Remote, explain: Callable[[Exception], Failed | None]) -> None:
        super().__init__(name, config, explain, late=TimedOut, lost=ConnectionFailed)


def check_size(message: Message, largest: int) -> None:
    """Raises Other for a message that is larger."""
    texts = sum(len(part.encode()) for pair in message.metadata for part in pair)
    size = len(message.data) + texts + len((message.content_type or "").encode())
    if size > largest:
        raise Other(f"the message has {size} bytes; at most {largest} can be sent")
