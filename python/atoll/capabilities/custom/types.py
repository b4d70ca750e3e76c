"""Classes for the types of an interface, made when a component is loaded.

A guest's records, variants, enums and flags arrive as these. A method may give back its own: what has the fields'
attributes or keys is a record, and a case can be told by its class's name or as text.
"""

import enum
import keyword
from collections.abc import Mapping
from dataclasses import make_dataclass
from functools import reduce
from operator import or_
from typing import Any


def attribute(name: str) -> str:
    """A name of WIT as Python writes it: `get-name` is `get_name`, `from` is `from_`."""
    plain = name.lower().replace("-", "_")
    return plain + "_" if keyword.iskeyword(plain) else plain


def class_name(name: str) -> str:
    """A type's name as Python writes it: `line-item` is `LineItem`."""
    plain = "".join(part[:1].upper() + part[1:] for part in name.split("-"))
    return plain + "_" if keyword.iskeyword(plain) else plain


def member(name: str) -> str:
    """An enum's or flag's name: `dark-red` is `DARK_RED`."""
    return name.upper().replace("-", "_")


def record(name: str, fields: list[str]) -> type[Any]:
    """A dataclass with these fields."""
    return _dataclass(class_name(name), [attribute(field) for field in fields])


def variant(name: str, cases: list[tuple[str, bool]]) -> list[type[Any]]:
    """A dataclass for each case, under one base that has them as attributes; those with a payload have a `value`."""
    base = type(class_name(name), (), {"__slots__": ()})
    made = []
    for case, has_payload in cases:
        cls = _dataclass(class_name(case), ["value"] if has_payload else [], base)
        cls.__qualname__ = f"{base.__name__}.{cls.__name__}"
        setattr(base, cls.__name__, cls)
        made.append(cls)
    return made


def _dataclass(name: str, fields: list[str], *bases: type[Any]) -> type[Any]:
    cls = make_dataclass(name, [(field, Any) for field in fields], bases=bases, frozen=True, slots=True)
    cls.__module__ = __name__
    return cls


def enumeration(name: str, names: list[str]) -> list[enum.Enum]:
    """The members of an enum, in the order of the names; their values are the names of WIT."""
    cls: Any = enum.EnumType.__call__(enum.Enum, class_name(name), {member(one): one for one in names})
    return list(cls)


def flags(name: str, names: list[str]) -> Any:
    """A flag class; the first name is the lowest bit."""
    bits = {member(one): 1 << bit for bit, one in enumerate(names)}
    cls: Any = enum.EnumType.__call__(enum.Flag, class_name(name), bits)
    return cls


def case_of(value: Any, cases: list[str]) -> tuple[int, Any]:
    """Which case `value` is, and its payload. Raises TypeError where it is none.

    A member of an enum by its value or name, the case's name as text, a mapping with the name as its one key, or an
    object whose class is called like the case.
    """
    payload = None
    if isinstance(value, enum.Enum):
        names = [str(value.value), value.name]
    elif isinstance(value, str):
        names = [value]
    elif isinstance(value, Mapping) and len(value) == 1:
        [(name, payload)] = value.items()
        names = [name]
    else:
        names, payload = [type(value).__name__], getattr(value, "value", None)
    for index, case in enumerate(cases):
        if any(name in (case, attribute(case), class_name(case), member(case)) for name in names):
            return index, payload
    raise TypeError(f"must be one of {', '.join(cases)}; got {value!r}")


def bits_of(value: Any, names: list[str]) -> int:
    """The bits of flags: a flag, or the names of those that are set. Raises TypeError where a name is none of them."""
    if not isinstance(value, enum.Flag):
        return reduce(or_, (1 << case_of(one, names)[0] for one in value), 0)
    bits = int(value.value)
    if not 0 <= bits < 1 << len(names):
        raise TypeError(f"must be made of {', '.join(names)}; got {value!r}")
    return bits


def field_of(value: Any, name: str) -> Any:
    """A record's field: an attribute, or the key of a mapping. Raises TypeError where there is none."""
    if isinstance(value, Mapping):
        for key in (name, attribute(name)):
            if key in value:
                return value[key]
    else:
        found = getattr(value, attribute(name), field_of)
        if found is not field_of:
            return found
    raise TypeError(f"{value!r} has no `{attribute(name)}`")
