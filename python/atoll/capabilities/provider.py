"""What every provider has in common, whatever its room: how it is configured, how it fails, how it ends.

A provider is any object with the methods of its room's Protocol, each `def` or `async def`. The data plane calls the
first on threads of their own and awaits the second on one event loop per process; neither holds up another guest.
"""

from collections.abc import Awaitable
from pathlib import Path
from typing import ClassVar, Protocol

from msgspec import Struct


class Failed(Exception):
    """A call that the backend refused or could not answer, as one case of the interface's own error.

    `case` is the case's name in WIT, the message is its payload. Any other exception reaches the guest as the
    interface's general case (`other`, `io`, …), and its traceback the log.
    """

    case: ClassVar[str] = "other"


class Place(Struct, frozen=True, kw_only=True):
    """Where a provider stands: the label that the manifest gives it, and folders for paths in its configuration."""

    label: str
    """Of the store or database; empty in rooms without labels."""
    config: Path
    """The folder of the runtime config file: paths in it are relative to this folder."""
    state: Path
    """Where the app keeps its state, `.spin` unless told otherwise."""


class Provider(Protocol):
    """What can be named as `type` in the runtime config: a class with its configuration's class.

    `Config` is a msgspec Struct. Its fields are the keys of the table beside `type`, each annotated with a `Doc`;
    `__init__(config, place)` must not connect. `close` is optional and may be `async def`.
    """

    Config: ClassVar[type[Struct]]

    def close(self) -> Awaitable[None] | None:
        """Give back what the provider holds; no call comes afterwards."""


async def close(provider: object) -> None:
    """Close a provider, if it has anything to close."""
    ending = getattr(provider, "close", None)
    ended = ending() if ending is not None else None
    if isinstance(ended, Awaitable):
        await ended
