"""Objects that answer for the host, behind one that writes down who was called with what, and what came of it.

The data plane looks at an object's methods when a guest is loaded: their names, whether they are `async def`, their
parameters. So what stands before them has all of that, and classes of resources stay classes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial, wraps
from inspect import getattr_static, iscoroutinefunction, isroutine, signature
from typing import Any, Self

from atoll.capabilities.custom.modules import Caller
from atoll.testing.calls import HostCall, HostCalls

_ENDINGS = frozenset({"close"})
"""What a host does at the end is no guest's call."""

_OPENED = {
    "sqlite": ("open", "", ("execute", "last_insert_rowid", "changes")),
    "blobstore": ("write", "upload.", ("write", "finish")),
}
"""Of some rooms, the method that gives a guest an object of its own; a prefix for that one's methods, and these."""


def recorded_import(host: Any, calls: HostCalls, interface: str) -> Any:
    """What answers an import, recorded by the names of WIT: a function, functions by name, or an object."""
    if isroutine(host) or isinstance(host, partial):
        return _Recorder(calls, interface).function(host, "")
    if isinstance(host, Mapping):
        recorder = _Recorder(calls, interface)
        return {name: recorder.member(member, name) for name, member in host.items()}
    recorder = _Recorder(calls, interface, wit=True)
    is_function = callable(host) and not isinstance(host, type)
    return CallableRecorded(host, recorder, "") if is_function else Recorded(host, recorder)


def recorded_provider(provider: Any, calls: HostCalls, room: str, label: str = "") -> "Recorded":
    """A provider of a room, recorded by the names of its methods; what a guest opens by them is recorded, too."""
    opens, prefix, functions = _OPENED.get(room, ("", "", ()))
    calls.know(room, [prefix + function for function in functions])
    return Recorded(provider, _Recorder(calls, room, label=label, opens=(opens, prefix)))


class Recorded:
    """Stands before an object. Its methods are recorded; everything else is the object's own."""

    def __new__(cls, host: Any, *_: object) -> Self:
        """Of a class with the host's name: what is told of an object that does not fit names it."""
        return object.__new__(type(type(host).__name__, (cls,), {}))

    def __init__(self, host: Any, recorder: "_Recorder") -> None:
        own = self.__dict__
        own["_host"], own["_recorder"] = host, recorder
        for name, found in _methods(host):
            own[name] = recorder.member(found, recorder.named(name))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.__dict__["_host"], name)
        if name.startswith("_") or name in _ENDINGS or not callable(found):
            return found
        recorder = self.__dict__["_recorder"]
        return recorder.member(found, recorder.named(name))

    def __dir__(self) -> list[str]:
        return dir(self.__dict__["_host"])

    def __repr__(self) -> str:
        return repr(self.__dict__["_host"])


class CallableRecorded(Recorded):
    """The same for an object that is a function as well, such as a mock."""

    def __init__(self, host: Any, recorder: "_Recorder", name: str) -> None:
        super().__init__(host, recorder)
        self.__dict__["_call"] = recorder.function(host, name)
        with suppress(TypeError, ValueError):
            self.__dict__["__signature__"] = signature(host)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call it."""
        return self.__dict__["_call"](*arguments, **named)


class _RecordedClass(type):
    """The class of a resource of the host: what is made is the host's own."""

    _of: Any
    _make: Any

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        return cls._make(*arguments, **named)

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls._of)


@dataclass(frozen=True, slots=True)
class _Recorder:
    """Makes functions that call others and write it down."""

    calls: HostCalls
    interface: str
    label: str = ""
    opens: tuple[str, str] = ("", "")
    prefix: str = ""
    wit: bool = False

    def named(self, name: str) -> str:
        """A name of Python's, as it is recorded."""
        return self.prefix + (_kebab(name) if self.wit else name)

    def member(self, found: Any, name: str) -> Any:
        """A function or a resource's class, recorded; or what can be both, such as a mock."""
        if isinstance(found, type):
            return self._resource(found, name)
        if isroutine(found) or isinstance(found, partial) or iscoroutinefunction(found):
            return self.function(found, name)
        return CallableRecorded(found, replace(self, prefix=f"{name}."), name)

    def function(self, called: Callable[..., Any], name: str) -> Callable[..., Any]:
        """A function, recorded."""
        self.calls.know(self.interface, [name])

        def begun(arguments: tuple[Any, ...], named: dict[str, Any]) -> HostCall:
            given = [one for one in (*arguments, *named.values()) if not isinstance(one, Caller)]
            call = HostCall(self.interface, name, tuple(given), self.label)
            self.calls.begin(call)
            return call

        if iscoroutinefunction(called):

            @wraps(called)
            async def awaited(*arguments: Any, **named: Any) -> Any:
                call = begun(arguments, named)
                try:
                    return self._ended(call, await called(*arguments, **named), name)
                except BaseException as error:
                    _failed(call, error)
                    raise

            return awaited

        @wraps(called)
        def plain(*arguments: Any, **named: Any) -> Any:
            call = begun(arguments, named)
            try:
                return self._ended(call, called(*arguments, **named), name)
            except BaseException as error:
                _failed(call, error)
                raise

        return plain

    def _ended(self, call: HostCall, result: Any, name: str) -> Any:
        call.result, call.has_ended = result, True
        opens, prefix = self.opens
        if opens and name == opens:
            return Recorded(result, replace(self, opens=("", ""), prefix=prefix))
        return result

    def _resource(self, cls: type, name: str) -> type:
        methods = {method: self.member(found, f"{name}.{self.named(method)}") for method, found in _methods(cls)}
        own: dict[str, Any] = {"_of": cls, "_make": staticmethod(self.function(cls, name)), "__doc__": cls.__doc__}
        # A class of C may not say.
        with suppress(TypeError, ValueError):
            own["__signature__"] = signature(cls)
        return _RecordedClass(cls.__name__, (), methods | own)


def _methods(owner: Any) -> Iterator[tuple[str, Any]]:
    """Functions and classes among the members. Nothing is computed for that: a property may do anything."""
    for name in dir(owner):
        static = getattr_static(owner, name, None)
        if name.startswith("_") or name in _ENDINGS:
            continue
        if callable(static) or isinstance(static, staticmethod | classmethod):
            yield name, getattr(owner, name)


def _failed(call: HostCall, error: BaseException) -> None:
    call.error, call.has_ended = error, True


def _kebab(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name.rstrip("_"))
    return words.replace("_", "-").lower()
