"""A plugin's functions by name, as text: for those who learn only while they run what they call."""

from typing import Any

from atoll.capabilities.custom.types import attribute
from atoll.embed.types import Types
from atoll.embed.world import World
from atoll.errors import UserError


class Paths:
    """The functions of one plugin by path.

    `on-save` is a function of the world; `events/on-save`, `acme:docs/events/on-save`, `acme:docs/events@1.0.0#on-save`
    are of an interface. A name may be written as Python does. A version is needed only to tell interfaces apart.
    """

    def __init__(self, plugin: str, types: Types) -> None:
        self._plugin = plugin
        self._types = types
        self._numbers = _numbers(types.world)
        self._functions: dict[tuple[str, bool], Any] = {}

    def __contains__(self, export: str) -> bool:
        return _path(export) in self._numbers

    def function(self, export: str, *, awaited: bool = False) -> Any:
        """The function, each call in a sandbox of its own. Raises UserError `plugin-export-unknown`."""
        found = self._functions.get((export, awaited))
        if found is None:
            found = self._functions[export, awaited] = self.of(None, export, awaited=awaited)
        return found

    def of(self, instance: Any, export: str, *, awaited: bool = False) -> Any:
        """The same in this instance of the data plane."""
        return self._types.core.function(self._number(export), instance, awaited)

    def _number(self, export: str) -> int:
        path = _path(export)
        number = self._numbers.get(path)
        if number is not None:
            return number
        if path in self._numbers:
            message = f"several interfaces of plugin `{self._plugin}` have `{export}`"
            raise UserError("plugin-export-unknown", message, "write the interface's full name, with its version")
        known = ", ".join(f"`{one}`" for one in sorted(self._numbers) if ":" not in one) or "no functions"
        message = f"plugin `{self._plugin}` exports no `{export}`"
        raise UserError("plugin-export-unknown", message, f"it exports {known}")


def _path(export: str) -> str:
    interface, _, name = export.rpartition("#" if "#" in export else "/")
    if not interface:
        return attribute(name)
    return f"{interface if ':' in interface else attribute(interface)}/{attribute(name)}"


def _numbers(world: World) -> dict[str, int | None]:
    """The functions' numbers by path; None for what several interfaces have."""
    found: dict[str, int | None] = {}
    for interface, names in world.interfaces.items():
        for name, number in names.functions.items():
            for path in _ways(interface, name):
                found[path] = None if path in found else number
    return found


def _ways(interface: str | None, name: str) -> set[str]:
    if interface is None:
        return {name}
    plain = interface.partition("@")[0]
    return {f"{one}/{name}" for one in (interface, plain, attribute(plain.rpartition("/")[2]))}
