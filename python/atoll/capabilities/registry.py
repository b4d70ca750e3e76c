"""Which providers there are: those of the rooms, and those that other packages name in their entry points."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from atoll import capabilities
from atoll.capabilities.provider import Place, Provider

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "atoll.providers."
"""Followed by the room, the group of entry points in which a package names its providers: `type = module:Class`."""


class Named(Struct, frozen=True, kw_only=True):
    """A provider as one process tells it to another: where its class is, and what it is made with.

    `folder` is that of the runtime config, `state` that of the app. Its text shows no configuration: there are secrets
    in it.
    """

    provider: str
    config: dict[str, Any]
    label: str
    folder: str
    state: str

    def __repr__(self) -> str:
        return f"Named({self.provider!r}, …)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


def rooms() -> list[str]:
    """The rooms that have a Python half, by name."""
    return [module.name for module in iter_modules(capabilities.__path__) if module.ispkg]


def third_party(room: str) -> "list[EntryPoint]":
    """The providers of a room that other packages bring."""
    from importlib.metadata import entry_points  # most apps name no provider, and it takes 20 ms

    return [*entry_points(group=ENTRY_POINTS + room)]


def shipped(room: str) -> dict[str, str]:
    """The providers of a room that atoll brings, `module:Class` by `type`; none where the data plane answers alone."""
    providers: dict[str, str] = getattr(import_module(f"atoll.capabilities.{room}"), "PROVIDERS", {})
    return providers


def known(room: str) -> dict[str, str]:
    """The providers of a room, `module:Class` by the `type` that names them. Packages add to a room's own."""
    return {entry.name: entry.value for entry in third_party(room)} | shipped(room)


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
