"""Resources that a guest makes: objects that live in one instance of it."""

from inspect import Signature
from typing import TYPE_CHECKING, Any, Self

from atoll.capabilities.custom.types import class_name
from atoll.embed.world import World


class ResourceClass(type):
    """A class that looks like its constructor. One that belongs to an instance knows all objects of its kind."""

    _kind: "ResourceClass | None"

    @property
    def __signature__(cls) -> Signature | None:
        constructor = getattr(cls, "_constructor", None)
        return None if constructor is None else constructor.__signature__

    def __instancecheck__(cls, obj: object) -> bool:
        return type.__instancecheck__(cls._kind or cls, obj)


class GuestResource(metaclass=ResourceClass):
    """A resource of the guest: an object with its methods, which keeps its instance alive. `with` closes it."""

    __slots__ = ("__weakref__", "_resource")

    _kind = None
    _resource: Any

    def close(self) -> None:
        """Give it back: the guest's destructor runs before the next call of its instance. Twice does nothing."""
        self._resource.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def aio(self) -> "AwaitedMethods":
        """Its methods, to be awaited."""
        return AwaitedMethods(self)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """A method that the guest's WIT has."""


class AwaitedMethods:
    """The methods of one resource, each giving an awaitable."""

    def __init__(self, resource: GuestResource) -> None:
        self._of = resource

    def __getattr__(self, name: str) -> Any:
        core, numbers = type(self._of)._methods  # type: ignore[attr-defined]
        if name not in numbers:
            raise AttributeError(f"{type(self._of).__name__!r} object has no method {name!r}", name=name, obj=self)
        return core.function(numbers[name], awaited=True).__get__(self._of, type(self._of))


class AwaitedClass:
    """The constructor and the static functions of one kind of resource, each giving an awaitable."""

    def __init__(self, core: Any, world: World, number: int, instance: Any) -> None:
        self._core = core
        self._instance = instance
        self._name = class_name(world.description.resources[number].name)
        functions = [*world.functions_of(number)]
        self._constructors = [index for index, function in functions if function.is_constructor]
        self._static = {one.plain: index for index, one in functions if one.name.startswith("[static]")}

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Make one."""
        if not self._constructors:
            raise TypeError(f"{self._name} has no constructor: the guest gives one by a function")
        return self._core.function(self._constructors[0], self._instance, True)(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        if name not in self._static:
            raise AttributeError(f"{self._name} has no static function {name!r}", name=name, obj=self)
        return self._core.function(self._static[name], self._instance, True)


class LateFunction:
    """A function of a class, made when it is first asked for: its types may name the class itself."""

    def __init__(self, core: Any, number: int, instance: Any = None) -> None:
        self._make = (core, number, instance)
        self._place: tuple[type, str] | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        self._place = (owner, name)

    def __get__(self, obj: object, cls: type) -> Any:
        core, number, instance = self._make
        function = core.function(number, instance)
        if self._place is not None:
            setattr(*self._place, function)
        return function.__get__(obj, cls)


def resource_class(
    core: Any, world: World, number: int, base: type[GuestResource] = GuestResource
) -> type[GuestResource]:
    """The class of a resource: its constructor makes one in a sandbox of its own."""
    namespace: dict[str, Any] = {"__slots__": (), "__new__": _no_maker}
    numbers = {}
    for index, function in world.functions_of(number):
        if function.is_constructor:
            namespace |= {"__new__": _make, "_constructor": LateFunction(core, index)}
        else:
            namespace[function.plain] = LateFunction(core, index)
            numbers[function.plain] = index
    namespace["_methods"] = (core, numbers)
    described = world.description.resources[number]
    namespace["__module__"] = world.module(described.interface) if base is GuestResource else base.__module__
    return _made(class_name(described.name), base, namespace)


def in_instance(cls: type[GuestResource], core: Any, world: World, number: int, instance: Any) -> type[GuestResource]:
    """The same class, whose constructor and static functions run in this instance."""
    namespace: dict[str, Any] = {"__slots__": (), "_kind": cls, "__module__": cls.__module__}
    for index, function in world.functions_of(number):
        if function.is_constructor:
            namespace["_constructor"] = LateFunction(core, index, instance)
        elif function.name.startswith("[static]"):
            namespace[function.plain] = LateFunction(core, index, instance)
    return _made(cls.__name__, cls, namespace)


def _made(name: str, base: type[GuestResource], namespace: dict[str, Any]) -> type[GuestResource]:
    made: Any = ResourceClass(name, (base,), namespace)
    cls: type[GuestResource] = made
    return cls


def _make(cls: Any, *arguments: Any, **named: Any) -> Any:
    return cls._constructor(*arguments, **named)


def _no_maker(cls: type[GuestResource], *_: Any, **__: Any) -> Any:
    raise TypeError(f"{cls.__name__} has no constructor: the guest gives one by a function")
