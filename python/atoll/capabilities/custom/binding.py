"""Which method answers which function of an interface, checked when a component is loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from inspect import Signature, iscoroutinefunction, signature
from typing import Any

from atoll.capabilities.custom.modules import Caller
from atoll.capabilities.custom.types import attribute, class_name


@dataclass(frozen=True, slots=True)
class Bound:
    """What is called for a function, whether what it gives has to be awaited, and whether it is told who calls."""

    call: Callable[..., Any]
    awaited: bool
    takes_caller: bool = False


def bind(host: object, functions: list[tuple[str, list[str]]], core: bool = False) -> tuple[list[Bound], list[str]]:
    """What answers each function, given with the names of its parameters; and everything that is missing or amiss.

    Functions of a `core` module can be told who calls them: with a first parameter called `caller`.
    """
    bound, problems = [], []
    is_class = "; give an object of this class, not the class" if isinstance(host, type) else ""
    for name, parameters in functions:
        try:
            bound.append(_bind(host, name, parameters, core))
        except TypeError as error:
            problems.append(f"`{name}({', '.join(parameters)})` {error}{is_class}")
    return bound, problems


def has(host: object, name: str) -> bool:
    """Whether the host has something for the function of that name."""
    if isinstance(host, Mapping):
        return name in host
    return hasattr(host, name) or hasattr(host, attribute(name))


def _bind(host: object, name: str, parameters: list[str], core: bool) -> Bound:
    kind, _, path = name.rpartition("]")
    owner, _, method = path.rpartition(".")
    if core or not kind:
        call = _member(host, name, attribute(name))
    elif kind == "[constructor":
        call = _member(host, class_name(method))
    else:
        call = _member(_member(host, class_name(owner)), attribute(method))
    takes_caller = core and _takes_caller(call)
    _check(call, ["caller", *parameters] if takes_caller else parameters)
    return Bound(_told(call) if takes_caller else call, iscoroutinefunction(call), takes_caller)


def _member(owner: object, *names: str) -> Callable[..., Any]:
    for name in names:
        found = owner.get(name) if isinstance(owner, Mapping) else getattr(owner, name, None)
        if callable(found):
            called: Callable[..., Any] = found
            return called
    # A world's own function needs no object around it.
    if len(names) > 1 and callable(owner) and not isinstance(owner, type):
        return owner
    raise TypeError(f"has no `{names[-1]}` in {_shown(owner)}")


def _shown(owner: object) -> str:
    return f"`{owner.__name__}`" if isinstance(owner, type) else f"the object of `{type(owner).__name__}`"


def _signature(call: Callable[..., Any]) -> Signature | None:
    try:
        return signature(call)
    except ValueError:
        return None  # a function of C that does not say


def _takes_caller(call: Callable[..., Any]) -> bool:
    takes = _signature(call)
    return takes is not None and next(iter(takes.parameters), None) == "caller"


def _told(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def told(caller: Any, *arguments: Any) -> Any:
        return call(Caller(partial(caller.ask, None)), *arguments)

    return told


def _check(call: Callable[..., Any], parameters: list[str]) -> None:
    takes = _signature(call)
    if takes is None:
        return
    try:
        takes.bind(*parameters)
    except TypeError as error:
        raise TypeError(f"cannot be called as `{getattr(call, '__qualname__', call)}{takes}`: {error}") from None
