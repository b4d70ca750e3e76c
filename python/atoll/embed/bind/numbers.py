"""The functions of a core module: the ways to call them, and what they give.

Bytes and text can stand for two integers one after the other: the address and the length of a copy in its memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from atoll.capabilities.custom.types import attribute
from atoll.host.inspected import Inspected

_NUMBERS = {"i32": "int", "i64": "int", "f32": "float", "f64": "float"}
_ALLOCATORS = frozenset({"alloc", "allocate", "malloc"})
_MOST = 8
"""Ways to call one function that are told one by one."""
BYTES = "bytes"
NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A function of numbers, by the name that Python has for it."""

    name: str
    parameters: tuple[str, ...]
    results: tuple[str, ...]

    def ways(self, takes_bytes: bool) -> list[tuple[str, ...]] | None:
        """What it can be called with: `int`, `float`, `bytes`. None where there are too many ways to tell."""
        found: list[tuple[str, ...]] = []
        for way in _ways(self.parameters, takes_bytes):
            if len(found) == _MOST:
                return None
            found.append(way)
        return found

    def given(self) -> list[str]:
        """The numbers that it gives."""
        return [_NUMBERS[kind] for kind in self.results]

    def ways_to_bytes(self, takes_bytes: bool) -> list[tuple[str, ...]] | None:
        """The ways to call it that can give bytes, see `atoll.embed.scope.ModuleScope`."""
        ways = self.ways(takes_bytes)
        if self.results in (("i64",), ("i32", "i32")):
            return ways
        return [] if self.results or ways is None else [way for way in ways if way.count(BYTES) == 1]


def _ways(parameters: tuple[str, ...], takes_bytes: bool) -> Iterator[tuple[str, ...]]:
    if not parameters:
        yield ()
        return
    for rest in _ways(parameters[1:], takes_bytes):
        yield (_NUMBERS[parameters[0]], *rest)
    if takes_bytes and parameters[:2] == ("i32", "i32"):
        for rest in _ways(parameters[2:], takes_bytes):
            yield (BYTES, *rest)


@dataclass(slots=True)
class Surface:
    """What a core module exports and imports, as far as Python can say its names and hold its values."""

    functions: dict[str, Numbers]
    memories: list[str]
    globals: list[str]
    hosts: dict[str, dict[str, Numbers]]
    """Functions that objects answer, by module."""

    @property
    def takes_bytes(self) -> bool:
        """Whether bytes can be copied into it."""
        return bool(_ALLOCATORS & self.functions.keys())


def surface(described: Inspected) -> Surface:
    """What `atoll.host.inspect` says of a core module."""
    found = Surface({}, [], [], {})
    for export in described.exports:
        if export.kind == "function" and (numbers := _numbers(export.name, export.type or "")):
            found.functions[numbers.name] = numbers
        elif export.kind == "memory" and export.name.isidentifier():
            found.memories.append(export.name)
        elif export.kind == "global" and export.name.isidentifier():
            found.globals.append(export.name)
    for item in described.imports:
        module, _, name = item.name.partition("#")
        is_asked = item.kind == "function" and item.answer == "object"
        if is_asked and (numbers := _numbers(name, item.type or "")):
            found.hosts.setdefault(module, {})[numbers.name] = numbers
    return found


def _listed(word: str, kind: str) -> tuple[str, ...]:
    """What stands in `(param i32 i64)`."""
    return tuple(" ".join(re.findall(rf"\({word} ([^)]*)\)", kind)).split())


def _numbers(name: str, kind: str) -> Numbers | None:
    """The function, if its name can be said and all its values are numbers."""
    plain = attribute(name)
    parameters, results = _listed("param", kind), _listed("result", kind)
    known = plain.isidentifier() and not plain.startswith("_") and set(parameters + results) <= _NUMBERS.keys()
    return Numbers(plain, parameters, results) if known else None
