"""Names that lead to a plugin's functions: those of its world, or those of one interface."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from atoll.embed.resources import AwaitedClass, in_instance
from atoll.embed.types import Types


class Scope:
    """Functions, classes and interfaces as attributes, made when they are first asked for."""

    def __init__(self, types: Types, interface: str | None, instance: Any, awaited: bool) -> None:
        self._types = types
        self._interface = interface
        self._instance = instance
        self._awaited = awaited

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        found = self._found(name)
        if found is None:
            raise AttributeError(f"{self!r} exports no `{name}`; {self._instead(name)}", name=name, obj=self)
        self.__dict__[name] = found
        return found

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._names()})

    def __repr__(self) -> str:
        return f"<{self._interface or 'world'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} is of this process: it can be neither copied nor pickled; load it again")

    def _names(self) -> list[str]:
        names = self._types.world.interfaces.get(self._interface)
        return [] if names is None else [*names]

    def _instead(self, name: str) -> str:
        """What there is where there is nothing of this name."""
        return f"it exports {', '.join(sorted(self._names())) or 'nothing'}"

    def _found(self, name: str) -> Any:
        types, core = self._types, self._types.core
        names = types.world.interfaces.get(self._interface)
        if names is None:
            return None
        if name in names.functions:
            return core.function(names.functions[name], self._instance, self._awaited)
        if name in names.resources:
            return self._resource(names.resources[name])
        if name in names.types:
            return types.class_of(names.types[name])
        return None

    def _resource(self, number: int) -> Any:
        types = self._types
        if self._awaited:
            return AwaitedClass(types.core, types.world, number, self._instance)
        cls: Any = types.resource(number)
        return cls if self._instance is None else in_instance(cls, types.core, types.world, number, self._instance)


class ModuleScope(Scope):
    """Functions of a core module that give bytes: those whose place in memory their result tells.

    That is an i64 with the address in its upper half and the length in its lower one, or both as two results. A
    function without a result gives back the bytes that it was given, as it left them.
    """

    def _found(self, name: str) -> Any:
        number = self._types.world.interfaces[None].functions.get(name)
        return None if number is None else self._types.core.function(number, self._instance, self._awaited, True)


class WorldScope(Scope):
    """The world: its own functions, and its interfaces by their short names.

    Of a core module, the functions take and give numbers. Bytes among the arguments are copied into its memory by the
    allocator that it exports, and handed over as address and length.
    """

    def __init__(self, types: Types, instance: Any, awaited: bool) -> None:
        super().__init__(types, None, instance, awaited)

    @property
    def bytes(self) -> ModuleScope:
        """The same functions of a core module, giving bytes."""
        return ModuleScope(self._types, None, self._instance, self._awaited)

    @property
    def exports(self) -> "Exports":
        """Everything that is exported, by the names of WIT: `exports["acme:crm/people"]`."""
        return Exports(self)

    def _names(self) -> list[str]:
        return [*super()._names(), *self._types.world.short()]

    def _found(self, name: str) -> Any:
        found = super()._found(name)
        if found is not None:
            return found
        interfaces = self._types.world.short().get(name, [])
        if len(interfaces) > 1:
            full = " and ".join(f'exports["{interface}"]' for interface in interfaces)
            raise AttributeError(f"several interfaces are called `{name}`: say {full}", name=name, obj=self)
        return self._scope(interfaces[0]) if interfaces else None

    def _instead(self, name: str) -> str:
        types = self._types
        having = [short for short, [full, *_] in types.world.short().items() if name in types.world.interfaces[full]]
        if having:
            return f"it is `{having[0]}.{name}`"
        return super()._instead(name)

    def _scope(self, interface: str) -> Scope:
        return Scope(self._types, interface, self._instance, self._awaited)


class Exports(Mapping[str, Any]):
    """Functions of the world and interfaces, by their names in WIT; the version of an interface may be left out."""

    def __init__(self, world: WorldScope) -> None:
        self._world = world
        types = world._types
        functions = enumerate(types.world.description.functions)
        own = [(index, function) for index, function in functions if function.interface is None]
        self._functions = {function.name: index for index, function in own if function.owner is None}
        self._interfaces = {name: name for name in types.world.interfaces if name is not None}

    def __getitem__(self, name: str) -> Any:
        if name in self._functions:
            # By its number: two names may be one in Python.
            world = self._world
            return world._types.core.function(self._functions[name], world._instance, world._awaited)
        versions = [full for full in self._interfaces if name in (full, full.partition("@")[0])]
        if len(versions) != 1:
            known = f"say which of {', '.join(versions)}" if versions else f"there are {', '.join(self) or 'none'}"
            raise KeyError(f"{name}: {known}")
        [full] = versions
        return self._world._scope(full)

    def __iter__(self) -> Iterator[str]:
        yield from (*self._functions, *self._interfaces)

    def __len__(self) -> int:
        return len(self._functions) + len(self._interfaces)

    def __repr__(self) -> str:
        return f"<exports: {', '.join(self) or 'nothing'}>"
