"""The classes of one plugin's types, and how its functions look to Python. The data plane asks for them by name."""

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import Signature as PythonSignature
from typing import Any
from weakref import ReferenceType, ref

from atoll.capabilities.custom import types as made
from atoll.capabilities.custom.types import attribute, class_name
from atoll.embed.annotations import annotate, signature
from atoll.embed.hosts import awaits, resource_of
from atoll.embed.resources import resource_class
from atoll.embed.wasm import Wasm
from atoll.embed.world import Function, World
from atoll.errors import UserError

Key = tuple[str, str, tuple[Any, ...]]
"""A type's kind, its name and the names of its parts."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What Python shows of a function."""

    name: str
    qualname: str
    parameters: list[str]
    typed: Callable[[], PythonSignature]
    documentation: Callable[[], str | None]

    @property
    def signature(self) -> PythonSignature:
        """With the types as annotations."""
        return self.typed()

    @property
    def doc(self) -> str | None:
        """What its WIT says about it."""
        return self.documentation()


def _signed(types: "ReferenceType[Types]", function: Function) -> PythonSignature:
    alive = types()
    return PythonSignature() if alive is None else signature(function, alive)


def _told(types: "ReferenceType[Types]", function: Function) -> str | None:
    alive = types()
    return None if alive is None or alive.wasm is None else alive.wasm.documentation(function.interface, function.name)


class Types:
    """Makes each class once; `core` is the plugin's half in the data plane, set when it is loaded."""

    def __init__(self) -> None:
        self.core: Any = None
        self._world: World | None = None
        self.wasm: Wasm | None = None
        self.hosts: Sequence[object] = ()
        self.name = ""
        """The plugin's."""
        self._made: dict[Key, Any] = {}
        self._own: set[type] = set()
        self._homeless: list[Key] = []
        self._resources: dict[int, type] = {}

    @property
    def awaits(self) -> bool:
        """Whether a method of some host is awaited."""
        return awaits(self.hosts)

    @property
    def world(self) -> World:
        """The plugin's exports."""
        if self._world is None:
            self._world = World(self.core.describe(), self._name_of, self.name)
            for key in [*self._homeless]:
                self._house(key)
        return self._world

    # The names by which the data plane asks.

    attribute = staticmethod(attribute)

    def host_resource(self, name: str) -> type | None:
        """The class of a resource of the host, if its objects have one of that name."""
        return resource_of(self.hosts, name)

    def record(self, name: str, fields: Sequence[str]) -> type[Any]:
        """A dataclass with these fields."""
        made_class: type[Any] = self._once("record", name, fields)
        return made_class

    def variant(self, name: str, cases: Sequence[tuple[str, bool]]) -> list[type[Any]]:
        """A dataclass for each case."""
        classes: list[type[Any]] = self._once("variant", name, cases)
        return classes

    def enumeration(self, name: str, names: Sequence[str]) -> list[enum.Enum]:
        """The members of an enum."""
        members: list[enum.Enum] = self._once("enumeration", name, names)
        return members

    def flags(self, name: str, names: Sequence[str]) -> Any:
        """A flag class."""
        return self._once("flags", name, names)

    def resource(self, number: int) -> type:
        """The class of a resource that the guest makes."""
        if number not in self._resources:
            self._resources[number] = resource_class(self.core, self.world, number)
        return self._resources[number]

    def shown(self, number: int) -> Shown:
        """How a function looks."""
        function = self.world.description.functions[number]
        owner = class_name(function.owner) if function.owner else None
        qualname = function.plain if owner is None or function.is_constructor else f"{owner}.{function.plain}"
        parameters = [] if function.function is None else [attribute(name) for name, _ in function.function.parameters]
        # Functions are kept by what they are made of: they must not keep it in turn.
        types = ref(self)
        return Shown(
            function.plain, qualname, parameters, partial(_signed, types, function), partial(_told, types, function)
        )

    def class_of(self, kind: dict[str, Any]) -> Any:
        """The class of a type that has a name."""
        if kind["kind"] == "record":
            record = self.record(kind["name"], [field for field, _ in kind["fields"]])
            self._annotate(record, kind["fields"])
            return record
        if kind["kind"] == "variant":
            cases = self.variant(kind["name"], [(case, payload is not None) for case, payload in kind["cases"]])
            for case, (_, payload) in zip(cases, kind["cases"], strict=True):
                self._annotate(case, [("value", payload)] if payload else [])
            return cases[0].__mro__[1]
        if kind["kind"] == "enum":
            return type(self.enumeration(kind["name"], kind["names"])[0])
        return self.flags(kind["name"], kind["names"])

    def _annotate(self, cls: type[Any], fields: list[tuple[str, dict[str, Any]]]) -> None:
        # Those of a package have their own.
        if cls in self._own:
            annotate(cls, fields, self)

    def _name_of(self, kind: str, parts: list[str]) -> str:
        try:
            known = self.wasm.wit.types if self.wasm else []
        except UserError:
            return ""  # a core module has no such types, and of a file that has changed nobody knows any more
        return next((name for of, name, its in known if (of, its) == (kind, parts)), "")

    def _once(self, kind: str, name: str, parts: Sequence[Any]) -> Any:
        if not name:
            name = self._name_of(_KINDS.get(kind, kind), _plain(parts))
        key = (kind, name, tuple(parts))
        if key not in self._made:
            self._made[key] = getattr(made, kind)(name, list(parts))
            self._own.update(_classes(self._made[key]))
            if self._world is None:
                self._homeless.append(key)
            else:
                self._house(key)
        return self._made[key]

    def _house(self, key: Key) -> None:
        """Tell a class where it is at home: some are made before the exports are known."""
        kind, name, parts = key
        home = self.world.module_of(_KINDS.get(kind, kind), name, _plain(parts))
        for cls in _classes(self._made[key]):
            cls.__module__ = home


_KINDS = {"enumeration": "enum"}
"""What the data plane calls a kind, where that differs from WIT's word."""


def _plain(parts: Iterable[Any]) -> list[str]:
    """Names of parts, without what else is said about them."""
    return [part if isinstance(part, str) else part[0] for part in parts]


def _classes(found: Any) -> list[type]:
    """A class, or those of a variant's cases and of an enum's members, and their bases that were made with them."""
    if isinstance(found, type):
        return [found]
    of = [one if isinstance(one, type) else type(one) for one in found]
    return [*dict.fromkeys(of), *(one.__mro__[1] for one in of[:1] if not isinstance(one, enum.EnumType))]
