"""Types of WIT as annotations of Python: what a function asks for, and what it gives."""

from collections.abc import AsyncIterable, Awaitable, Iterable
from inspect import Parameter, Signature
from inspect import signature as python_signature
from types import GenericAlias
from typing import Any, Protocol

from atoll.capabilities.custom.streams import GuestFuture, GuestStream
from atoll.capabilities.custom.types import attribute
from atoll.capabilities.custom.values import Err, Ok, Some
from atoll.embed.world import Function

Kind = dict[str, Any]
"""A type as the data plane describes it: its `kind` and what it is `of`."""

_PLAIN: dict[str, Any] = {
    "bool": bool,
    "i32": int,
    "i64": int,
    "f32": float,
    "f64": float,
    "char": str,
    "string": str,
    "bytes": bytes,
    "host-resource": object,
} | {f"{sign}{bits}": int for sign in "su" for bits in (8, 16, 32, 64)}


class Classes(Protocol):
    """The classes of types that have a name."""

    def class_of(self, kind: Kind) -> Any:
        """That of a record, variant, enum or flags."""

    def resource(self, number: int) -> type:
        """That of a resource."""


def signature(function: Function, classes: Classes) -> Signature:
    """How a function is called. Options at the end need not be given."""
    if function.function is None:
        return Signature()
    parameters = [
        Parameter(attribute(name), Parameter.POSITIONAL_OR_KEYWORD, annotation=_annotation(kind, classes, True))
        for name, kind in function.function.parameters
    ]
    for index in reversed(range(len(parameters))):
        if function.function.parameters[index][1]["kind"] != "option":
            break
        parameters[index] = parameters[index].replace(default=None)
    result = function.function.result
    if result is not None and result["kind"] == "result":
        result = result["of"][0]
    return Signature(parameters, return_annotation=_annotation(result, classes, False))


def annotate(cls: type[Any], fields: Iterable[tuple[str, Kind]], classes: Classes) -> None:
    """Tell a dataclass the types of its fields; one that stands for several types takes either."""
    for name, kind in fields:
        plain, given = attribute(name), _annotation(kind, classes, False)
        known = cls.__annotations__[plain]
        if known is not Any and known != given:
            given = known | given
        cls.__annotations__[plain] = cls.__dataclass_fields__[plain].type = given
        cls.__init__.__annotations__[plain] = given
    cls.__doc__ = f"{cls.__name__}{str(python_signature(cls)).removesuffix(' -> None')}"


def _annotation(kind: Kind | None, classes: Classes, is_asked: bool) -> Any:
    if kind is None:
        return None
    match kind["kind"]:
        case "resource":
            return classes.resource(kind["number"])
        case "record" | "variant" | "enum" | "flags":
            return classes.class_of(kind)
        case name if "of" in kind:
            parts = [_annotation(part, classes, is_asked) for part in kind["of"]]
            return _built(name, kind["of"], parts, is_asked)
        case name:
            return _PLAIN.get(name, Any)


def _built(name: str, of: list[Kind | None], parts: list[Any], is_asked: bool) -> Any:
    match name:
        case "list":
            return GenericAlias(list, parts[0])
        case "tuple":
            return GenericAlias(tuple, tuple(parts))
        case "option":
            return (GenericAlias(Some, parts[0]) if _is(of[0], "option") else parts[0]) | None
        case "result":
            return GenericAlias(Ok, parts[0]) | GenericAlias(Err, parts[1])
        case "stream":
            item = bytes if _is(of[0], "u8") else parts[0]
            given = GenericAlias(GuestStream, item)
            return GenericAlias(Iterable, item) | GenericAlias(AsyncIterable, item) if is_asked else given
        case "future":
            return GenericAlias(Awaitable if is_asked else GuestFuture, parts[0])
        case _:
            return Any


def _is(kind: Kind | None, name: str) -> bool:
    return kind is not None and kind["kind"] == name
