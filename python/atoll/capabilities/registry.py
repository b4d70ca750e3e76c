"""Which providers there are: those of the rooms, and those that other packages name in their entry points."""

from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from atoll.capabilities.provider import Place, Provider

ENTRY_POINTS = "atoll.providers."
"""Followed by the room, the group of entry points in which a package names its providers: `type = module:Class`."""


class Named(Struct, frozen=True, kw_only=True):
    """A provider as one process tells it to another: where its class is, and what it is made with.

    `folder` is that of the runtime config, `state` that of the app.
    """

    provider: str
    config: dict[str, Any]
    label: str
    folder: str
    state: str


def known(room: str) -> dict[str, str]:
    """The providers of a room, `module:Class` by the `type` that names them. Packages add to a room's own."""
    from importlib.metadata import entry_points  # most apps name no provider, and it takes 20 ms

    own: dict[str, str] = import_module(f"atoll.capabilities.{room}").PROVIDERS
    return {entry.name: entry.value for entry in entry_points(group=ENTRY_POINTS + room)} | own


def find(reference: str) -> type[Provider]:
    """The class at `module:Class`. Raises ImportError, which names the package that is missing, or AttributeError."""
    module, _, name = reference.partition(":")
    found: type[Provider] = getattr(import_module(module), name)
    return found


def make(named: Named) -> Any:
    """The provider itself, in the process that calls it."""
    cls: Any = find(named.provider)
    place = Place(label=named.label, config=Path(named.folder), state=Path(named.state))
    return cls(msgspec.convert(named.config, cls.Config), place)
