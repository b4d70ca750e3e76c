"""What a plugin exports, by the names that Python uses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from atoll.capabilities.custom.types import attribute, class_name


class Signature(msgspec.Struct, frozen=True):
    """The types of one function, each with its `kind`."""

    parameters: list[tuple[str, dict[str, Any]]]
    result: dict[str, Any] | None
    is_async: bool


class Function(msgspec.Struct, frozen=True):
    """One function; `uncrossable` says why Python cannot call it."""

    interface: str | None
    name: str
    function: Signature | None = None
    uncrossable: str | None = None

    @property
    def owner(self) -> str | None:
        """The resource that it is a constructor, method or static function of."""
        _, separator, path = self.name.partition("]")
        return path.partition(".")[0] if separator else None

    @property
    def is_constructor(self) -> bool:
        """Whether it makes a resource."""
        return self.name.startswith("[constructor]")

    @property
    def plain(self) -> str:
        """The last part of its name, as Python writes it."""
        _, separator, path = self.name.rpartition("]")
        if not separator:
            return attribute(self.name)
        return class_name(path) if self.is_constructor else attribute(path.rpartition(".")[2])


class Resource(msgspec.Struct, frozen=True):
    """One kind of resource that the guest makes."""

    interface: str | None
    name: str


class Description(msgspec.Struct, frozen=True):
    """All exports, in the order of their numbers."""

    functions: list[Function]
    resources: list[Resource]
    memories: list[str] = []
    globals: list[tuple[str, bool]] = []


@dataclass(slots=True)
class Names:
    """What is under one name: functions and resources by their numbers, types by theirs of WIT."""

    functions: dict[str, int] = field(default_factory=dict)
    resources: dict[str, int] = field(default_factory=dict)
    types: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[str]:
        yield from (*self.functions, *self.resources, *self.types)


Naming = Callable[[str, list[str]], str]
"""The name of a type that a compiled component has lost, by its kind and the names of its parts."""


class World:
    """The exports of one plugin: the world's own under None, the others under the full name of their interface."""

    def __init__(self, described: bytes | str, naming: Naming, name: str) -> None:
        """`name` is the plugin's."""
        self._name = name.replace("-", "_")
        self.description = msgspec.json.decode(described, type=Description)
        self.interfaces: dict[str | None, Names] = {None: Names()}
        for number, resource in enumerate(self.description.resources):
            self._names(resource.interface).resources[class_name(resource.name)] = number
        for number, function in enumerate(self.description.functions):
            names = self._names(function.interface)
            if function.owner is None:
                names.functions[function.plain] = number
            if function.function is not None:
                for kind in (*(kind for _, kind in function.function.parameters), function.function.result):
                    _collect(kind, names.types, naming)

    def short(self) -> dict[str, list[str]]:
        """The full names of interfaces by their short one: `acme:crm/people@1.0.0` is `people`."""
        found: dict[str, list[str]] = {}
        for name in self.interfaces:
            if name is not None:
                found.setdefault(_short(name), []).append(name)
        return found

    def module(self, interface: str | None) -> str:
        """Where an interface's classes are at home: those of `acme:crm/people` of the plugin `crm` in `crm.people`.

        If the plugin was imported, there is a module of that name.
        """
        return self._name if interface is None else f"{self._name}.{_short(interface)}"

    def module_of(self, kind: str, name: str, parts: list[str]) -> str:
        """The same for the class of a type with these parts; of one that is not exported, the plugin's name."""
        for interface, names in self.interfaces.items():
            known = names.types.get(class_name(name))
            if known is not None and (known["kind"], _parts(known)) == (kind, parts):
                return self.module(interface)
        return self._name

    def functions_of(self, resource: int) -> Iterator[tuple[int, Function]]:
        """The constructor, methods and static functions of a resource, with their numbers."""
        wanted = self.description.resources[resource]
        for number, function in enumerate(self.description.functions):
            if function.owner == wanted.name and function.interface == wanted.interface:
                yield number, function

    def _names(self, interface: str | None) -> Names:
        return self.interfaces.setdefault(interface, Names())


_NAMED = {"record": "fields", "variant": "cases", "enum": "names", "flags": "names"}
"""The kinds of types that have a name, and what holds their parts."""


def _parts(kind: dict[str, Any]) -> list[str]:
    return [part if isinstance(part, str) else part[0] for part in kind[_NAMED[kind["kind"]]]]


def _short(interface: str) -> str:
    return attribute(interface.partition("@")[0].rpartition("/")[2])


def _collect(kind: dict[str, Any] | None, types: dict[str, dict[str, Any]], naming: Naming) -> None:
    """Add the named types that `kind` is made of."""
    if kind is None:
        return
    if kind["kind"] in _NAMED:
        kind["name"] = kind["name"] or naming(kind["kind"], _parts(kind))
        if kind["name"]:
            types.setdefault(class_name(kind["name"]), kind)
    named = (*kind.get("fields", ()), *kind.get("cases", ()))
    for part in (*kind.get("of", ()), *(of for _, of in named)):
        _collect(part, types, naming)
