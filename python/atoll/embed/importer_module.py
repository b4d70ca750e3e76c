"""A plugin as a module: its functions, classes and interfaces are the module's names."""

import sys
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from atoll.embed.bind.parser import parsed
from atoll.embed.plugin import Plugin
from atoll.embed.scope import Scope
from atoll.embed.world import World
from atoll.errors import UserError


class PluginModule(ModuleType):
    """What is exported is made when it is first asked for. `__plugin__` is the plugin."""

    def __getattr__(self, name: str) -> Any:
        held = self.__dict__
        if name not in held.get("_names", ()):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)
        # Not by getattr: a plugin has names of its own, which hide exports.
        held[name] = found = held["_scope"]._found(name)
        return found

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *self.__dict__.get("__all__", ())})

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        """What the world or the interface says about itself."""
        plugin = self.__dict__.get("__plugin__")
        return None if plugin is None else _said(plugin, self.__dict__["_scope"]._interface, self.__dict__["__file__"])


def fill(module: ModuleType, plugin: Plugin, file: Path) -> None:
    """Make the module that of the plugin, and a module of each interface below it."""
    if not isinstance(module, PluginModule):
        module.__class__ = PluginModule  # reloaded, and it was a file of Python's before
    world = plugin._types.world
    short = {name: full for name, (full, *more) in world.short().items() if not more and _is_public(name)}
    own = _names(world, None)
    interfaces = {name: full for name, full in short.items() if name not in own}
    before = set(module.__dict__.get("_names", ()))
    _become(module, plugin, plugin, own | dict.fromkeys(interfaces, True))
    for name in before - interfaces.keys():
        if isinstance(sys.modules.get(f"{module.__name__}.{name}"), PluginModule):
            del sys.modules[f"{module.__name__}.{name}"]
    for name, full in interfaces.items():
        inner = _below(f"{module.__name__}.{name}", file)
        scope = plugin.exports[full]
        _become(inner, plugin, scope, _names(world, full))
        module.__dict__[name] = inner


def _is_public(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")


def _names(world: World, interface: str | None) -> dict[str, bool]:
    """What is exported, and whether Python can use it: what it cannot says why when it is asked for."""
    names, functions = world.interfaces[interface], world.description.functions
    refused = {name for name, number in names.functions.items() if functions[number].uncrossable}
    return {name: name not in refused for name in names if _is_public(name)}


def _become(module: ModuleType, plugin: Plugin, scope: Scope, names: Mapping[str, bool]) -> None:
    held = module.__dict__
    for name in (*held.get("_names", ()), *names):
        held.pop(name, None)
    held.update({"__plugin__": plugin, "_scope": scope, "_names": names})
    held["__all__"] = [name for name, is_usable in names.items() if is_usable]


def _below(name: str, file: Path) -> ModuleType:
    """The module of an interface: the one that there is, so that who holds it sees a reload."""
    known = sys.modules.get(name)
    if isinstance(known, PluginModule):
        return known
    made = sys.modules[name] = PluginModule(name)
    made.__spec__ = ModuleSpec(name, None, origin=str(file))
    made.__file__ = str(file)
    made.__package__ = name.rpartition(".")[0]
    return made


def _said(plugin: Plugin, interface: str | None, file: str) -> str:
    try:
        world = parsed(plugin.world)
    except UserError:
        world = None
    if interface is None:
        return (world and world.docs) or f"The plugin {Path(file).name}: each call has a sandbox of its own."
    known = world.interfaces.get(interface) if world else None
    return (known and known.docs) or f"`{interface}` of the plugin {Path(file).name}."
