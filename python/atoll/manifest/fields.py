"""What a model's annotation may say beyond its type: a sentence, a rule, a quantity table.

`read.py` and `schema.py` both walk the annotated classes of `model.py`; these are the marks that they look for.
"""

import types
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from atoll.manifest import ids
from atoll.manifest.limits import Key


@dataclass(frozen=True, slots=True)
class Doc:
    """One sentence about a key, for editors and the reference."""

    text: str


@dataclass(frozen=True)
class Rule:
    """A check of a string: None when it is fine, else a sentence. `schema` is what JSON Schema can say of it."""

    check: Callable[[str], str | None]
    code: str = "id-invalid"
    schema: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Choice:
    """The value must be one of these."""

    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class File:
    """The value names a file that must be there, relative to the folder of the file in which it stands."""


@dataclass(frozen=True, slots=True)
class Quantities:
    """A table of quantities with units, with the keys of one of the tables in `limits.py`."""

    keys: tuple[Key, ...]


_WORD = "([a-z][a-z0-9]*|[A-Z][A-Z0-9]*)"
KebabId = Annotated[str, Rule(ids.kebab, schema={"pattern": f"^{_WORD}(-{_WORD})*$"})]
VariableName = Annotated[str, Rule(ids.lower_snake, schema={"pattern": "^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$"})]
MessagingGrant = Annotated[
    str, Rule(ids.messaging_grant, schema={"pattern": f"^({_WORD}(-{_WORD})*|{_WORD}(_{_WORD})*)(:.+)?$"})
]
Label = Annotated[str, Rule(ids.label, schema={"pattern": f"^{_WORD}(-{_WORD})*$|^{_WORD}(_{_WORD})*$"})]


class Annotation(NamedTuple):
    """An annotation taken apart: the bare type and its marks."""

    kind: Any
    marks: tuple[Any, ...]

    def mark(self, cls: type[Any]) -> Any:
        """The first mark of this class, or None."""
        return next((mark for mark in self.marks if isinstance(mark, cls)), None)


def take_apart(annotation: Any) -> Annotation:
    """`Annotated[X, …]` as X and its marks; anything else has none."""
    if get_origin(annotation) is Annotated:
        kind, *marks = get_args(annotation)
        return Annotation(kind, tuple(marks))
    return Annotation(annotation, ())


def alternatives(kind: Any) -> tuple[Any, ...]:
    """The members of a union without None; of anything else, itself."""
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(member for member in get_args(kind) if member is not type(None))
    return (kind,)


@cache
def hints(cls: type[msgspec.Struct]) -> dict[str, Any]:
    """The annotations of a model class by key, marks included."""
    annotations = get_type_hints(cls, include_extras=True)
    keys = {entry.name: entry.encode_name for entry in msgspec.structs.fields(cls)}
    return {keys.get(name, name): annotation for name, annotation in annotations.items()}


@cache
def attributes(cls: type[msgspec.Struct]) -> dict[str, str]:
    """The attribute behind each key: they differ where the class is made with `rename`."""
    return {entry.encode_name: entry.name for entry in msgspec.structs.fields(cls)}


@cache
def required(cls: type[msgspec.Struct]) -> tuple[str, ...]:
    """The keys that have no default, in order."""
    return tuple(entry.encode_name for entry in msgspec.structs.fields(cls) if entry.required)


def rest_field(cls: type[msgspec.Struct]) -> str | None:
    """The field that takes the keys which the class does not name, if it has one (its `REST`)."""
    rest = getattr(cls, "REST", None)
    return rest if isinstance(rest, str) else None


def known_keys(cls: type[msgspec.Struct]) -> tuple[str, ...]:
    """The keys that the class names."""
    return tuple(name for name in hints(cls) if name not in ("REST", rest_field(cls)))
