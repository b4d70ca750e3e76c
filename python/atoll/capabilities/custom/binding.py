"""Which method answers which function of an interface, checked when a component is loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction, signature
from typing import Any

from atoll.capabilities.custom.types import attribute, class_name


@dataclass(frozen=True, slots=True)
class Bound:
    """What is called for a function, and whether what it gives has to be awaited."""

    call: Callable[..., Any]
    awaited: bool


def bind(host: object, functions: list[tuple[str, list[str]]]) -> tuple[list[Bound], list[str]]:
    """What answers each function, given with the names of its parameters; and everything that is missing or amiss."""
    bound, problems = [], []
    for name, parameters in functions:
        try:
            bound.append(_bind(host, name, parameters))
        except TypeError as error:
            problems.append(f"`{name}({', '.join(parameters)})` {error}")
    return bound, problems


def _bind(host: object, name: str, parameters: list[str]) -> Bound:
    kind, _, path = name.rpartition("]")
    owner, _, method = path.rpartition(".")
    if kind == "[constructor":
        call = _member(host, class_name(method))
    elif owner:
        call = _member(_member(host, class_name(owner)), attribute(method))
    else:
        call = _member(host, attribute(method))
    _check(call, parameters)
    return Bound(call, iscoroutinefunction(call))


def _member(owner: object, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] | None = getattr(owner, name, None)
    if not callable(found):
        raise TypeError(f"has no `{name}` in {_shown(owner)}")
    return found


def _shown(owner: object) -> str:
    return f"`{owner.__name__}`" if isinstance(owner, type) else f"the object of `{type(owner).__name__}`"


def _check(call: Callable[..., Any], parameters: list[str]) -> None:
    try:
        takes = signature(call)
    except ValueError:
        return  # a function of C that does not say
    try:
        takes.bind(*parameters)
    except TypeError as error:
        raise TypeError(f"cannot be called as `{getattr(call, '__qualname__', call)}{takes}`: {error}") from None
