"""The ways to functions: which one a request takes, and what the path says."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import Struct, field

DEFAULT = "$default"
"""The path of whatever has no other way."""

_TEXT, _PARAMETER, _REST, _ALL = range(4)


class Cors(Struct, frozen=True, kw_only=True, rename="camel"):
    """What browsers of other origins may do."""

    origins: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    exposed: list[str] = field(default_factory=list)
    allow_credentials: bool = False
    max_age: int | None = None


class Way(Struct, frozen=True, kw_only=True):
    """What a trigger of the kind `function` says.

    `method` is `*` for all, `path` has `{name}` and `{name+}`, `payload` is the version of the events: 1.0 or 2.0.
    `export` is the function that is called where the component exports one; by default `handler`, or `handle`.
    """

    component: str
    route: str
    path: str
    method: str = "*"
    payload: str = "2.0"
    function: str = ""
    export: str = ""
    service: str = ""
    stage: str = "dev"
    cors: Cors = field(default_factory=Cors)

    @classmethod
    def of(cls, config: dict[str, Any]) -> "Way":
        """The way that a trigger's settings describe. Raises msgspec.ValidationError."""
        return msgspec.convert(config, cls)


class Taken(Struct, frozen=True):
    """A way that a request takes, and what stands for the path's parameters."""

    way: Way
    parameters: dict[str, str]


class Ways:
    """All ways of an app. Text goes before parameters, and these before the rest of a path."""

    def __init__(self, ways: Iterable[Way]) -> None:
        self._ways = sorted(((_segments(way.path), way) for way in ways), key=lambda one: [kind for kind, _ in one[0]])

    def find(self, method: str, path: str) -> Taken | None:
        """The way of a request; of those to the best path the one with its own method, else the one for all."""
        found: Taken | None = None
        for taken in self.to(path):
            if found is not None and taken.way.path != found.way.path:
                break
            if taken.way.method == method:
                return taken
            if taken.way.method == "*":
                found = taken
        return found

    def to(self, path: str) -> list[Taken]:
        """The ways to a path, whatever the method, the best first."""
        parts = path.strip("/").split("/")
        matched = ((way, _matched(segments, parts)) for segments, way in self._ways)
        return [Taken(way, parameters) for way, parameters in matched if parameters is not None]


def _segments(path: str) -> list[tuple[int, str]]:
    if path == DEFAULT:
        return [(_ALL, "")]
    found = []
    for part in path.strip("/").split("/"):
        if part.startswith("{") and part.endswith("+}"):
            found.append((_REST, part[1:-2]))
        elif part.startswith("{") and part.endswith("}"):
            found.append((_PARAMETER, part[1:-1]))
        else:
            found.append((_TEXT, part))
    return found


def _matched(segments: list[tuple[int, str]], parts: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for index, (kind, name) in enumerate(segments):
        if kind == _ALL:
            return {}
        if kind == _REST:
            return parameters | {name: unquote("/".join(parts[index:]))}
        if index >= len(parts) or (parts[index] != name if kind == _TEXT else not parts[index]):
            return None
        if kind == _PARAMETER:
            parameters[name] = unquote(parts[index])
    return parameters if len(parts) == len(segments) else None
