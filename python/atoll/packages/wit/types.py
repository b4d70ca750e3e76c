"""Types of a resolved WIT: how they are written, and what they mean whatever they are called."""

import hashlib
from typing import Any

from atoll.errors import UserError
from atoll.packages.wit.versions import parsed

LONGEST = 1 << 16
"""Characters of one type's text: types without names that hold each other twice make one of any length."""
_DEEPEST = 100

Type = str | int
"""A primitive's name, or the number of a type."""


class Types:
    """The types of one tree."""

    def __init__(self, resolve: dict[str, Any], main: int) -> None:
        self._types: list[dict[str, Any]] = resolve["types"]
        self._interfaces: list[dict[str, Any]] = resolve["interfaces"]
        self._packages: list[dict[str, Any]] = resolve["packages"]
        self._main = main
        self._texts: dict[int, str] = {}
        self._meanings: dict[int, str] = {}

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self._types[number]

    def text(self, of: Type | None, depth: int = 0) -> str:
        """As WIT writes it where it is used: by its name, if it has one. Raises UserError `wit-too-large`."""
        if of is None:
            return "_"
        if isinstance(of, str):
            return of
        if of not in self._texts:
            self._texts[of] = self._text(of, depth)
        return self._texts[of]

    def meaning(self, of: Type | None, depth: int = 0) -> str:
        """Equal for types that can stand for each other: names of types do not count, those of resources do."""
        if of is None or isinstance(of, str):
            return of or "_"
        if of not in self._meanings:
            self._meanings[of] = self._meaning(of, depth)
        return self._meanings[of]

    def owner(self, number: int) -> str | None:
        """The interface that a type stands in, such as `wasi:io/streams@0.2.12`."""
        owner = self._types[number].get("owner") or {}
        return self.interface(owner["interface"]) if "interface" in owner else None

    def interface(self, number: int, *, tracked: bool = False) -> str:
        """The name of an interface; `tracked` with as much of its version as matters to others, and none of its own."""
        interface = self._interfaces[number]
        if interface["name"] is None or interface["package"] is None:
            return interface["name"] or ""
        name, at, version = self._packages[interface["package"]]["name"].partition("@")
        if tracked:
            own = interface["package"] == self._main
            at, version = ("", "") if own or not at else (at, parsed(version).track)
        return f"{name}/{interface['name']}{at}{version}"

    def definition(self, number: int) -> tuple[str, Any]:
        """Kind of a type and what it is made of."""
        kind = self._types[number]["kind"]
        return (kind, None) if isinstance(kind, str) else next(iter(kind.items()))

    def unnamed(self, number: int, depth: int = 0) -> str:
        """What stands behind the name of a type. Raises as `text` does."""
        kind, body = self._deeper(number, depth)
        match kind:
            case "handle":
                way, of = next(iter(body.items()))
                name = self.text(of, depth + 1)
                text = name if way == "own" else f"borrow<{name}>"
            case "tuple":
                text = f"tuple<{', '.join(self.text(of, depth + 1) for of in body['types'])}>"
            case "result":
                text = self._result(body, depth)
            case "map":
                text = f"map<{', '.join(self.text(of, depth + 1) for of in body)}>"
            case "fixed-length-list":
                text = f"list<{self.text(body[0], depth + 1)}, {body[1]}>"
            case "future" | "stream":
                text = kind if body is None else f"{kind}<{self.text(body, depth + 1)}>"
            case "type":
                text = self.text(body, depth + 1)
            case _:
                text = f"{kind}<{self.text(body, depth + 1)}>"
        if len(text) > LONGEST:
            raise _too_large()
        return text

    def _text(self, number: int, depth: int) -> str:
        name = self._types[number]["name"]
        return str(name) if name else self.unnamed(number, depth)

    def _result(self, body: dict[str, Any], depth: int) -> str:
        ok, err = body["ok"], body["err"]
        if err is not None:
            return f"result<{self.text(ok, depth + 1)}, {self.text(err, depth + 1)}>"
        return "result" if ok is None else f"result<{self.text(ok, depth + 1)}>"

    def _meaning(self, number: int, depth: int) -> str:
        kind, body = self._deeper(number, depth)
        match kind:
            case "type":
                return self.meaning(body, depth + 1)
            case "resource":
                owner = self._types[number].get("owner") or {}
                place = self.interface(owner["interface"], tracked=True) if "interface" in owner else ""
                parts = [place, self._types[number]["name"]]
            case "record":
                parts = [f"{one['name']}:{self.meaning(one['type'], depth + 1)}" for one in body["fields"]]
            case "variant":
                parts = [f"{one['name']}:{self.meaning(one.get('type'), depth + 1)}" for one in body["cases"]]
            case "enum" | "flags":
                parts = [one["name"] for one in body["cases" if kind == "enum" else "flags"]]
            case "tuple":
                parts = [self.meaning(one, depth + 1) for one in body["types"]]
            case "result":
                parts = [self.meaning(body["ok"], depth + 1), self.meaning(body["err"], depth + 1)]
            case "handle":
                parts = [word for way, of in body.items() for word in (way, self.meaning(of, depth + 1))]
            case "map":
                parts = [self.meaning(one, depth + 1) for one in body]
            case "fixed-length-list":
                parts = [self.meaning(body[0], depth + 1), str(body[1])]
            case _:
                parts = [self.meaning(body, depth + 1)]
        return hashlib.sha256("\0".join([kind, *parts]).encode()).hexdigest()

    def _deeper(self, number: int, depth: int) -> tuple[str, Any]:
        if depth > _DEEPEST:
            raise _too_large()
        return self.definition(number)


def _too_large() -> UserError:
    return UserError(
        "wit-too-large",
        f"a type is nested deeper than {_DEEPEST} times, or takes more than {LONGEST:,} characters",
        "give names to types that are used in others",
    )
