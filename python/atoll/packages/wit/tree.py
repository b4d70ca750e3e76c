"""A WIT as things with names: packages, their interfaces and worlds, and what those have. Nothing is printed here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atoll.host import wit
from atoll.manifest.versions import Version
from atoll.packages.wit.types import Types
from atoll.packages.wit.versions import parsed

_BODIES = {"record": "fields", "variant": "cases", "enum": "cases", "flags": "flags"}


@dataclass(frozen=True, slots=True)
class Part:
    """A field, case or flag, with the WIT of its type, if it has one."""

    name: str
    type: str | None
    docs: str


@dataclass(frozen=True, slots=True)
class Item:
    """A function or a type. `text` is its WIT in one line, without its parts; `meaning` is equal for what is equal."""

    name: str
    kind: str
    text: str
    parts: tuple[Part, ...]
    docs: str
    meaning: str
    since: str = ""

    @property
    def resource(self) -> str | None:
        """The resource that a function belongs to."""
        return self.name.partition("]")[2].partition(".")[0] if self.name.startswith("[") else None

    @property
    def wit(self) -> str:
        """All of it in one line."""
        if not self.parts:
            return self.text
        inner = ", ".join(_written(part, self.kind) for part in self.parts)
        return f"{self.text} {{ {inner} }}"


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface: its name with package and version, or without one of its own its name in a world."""

    name: str
    docs: str
    items: Mapping[str, Item]
    since: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """A world: what it imports and exports, by the names under which components have them."""

    name: str
    docs: str
    imports: Mapping[str, Interface | Item]
    exports: Mapping[str, Interface | Item]
    since: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """A package; interfaces and worlds by their own names."""

    name: str
    version: Version | None
    docs: str
    interfaces: Mapping[str, Interface]
    worlds: Mapping[str, World]

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Tree:
    """All packages of a WIT: `main` is the one that was read, `component` the world of a component."""

    main: Package
    packages: tuple[Package, ...]
    component: World | None

    def world(self, name: str | None) -> World | None:
        """The world of this name, alone or with its package; without one the component's, or the only one."""
        if name is None or "/" not in name:
            worlds = [one for key, one in self.main.worlds.items() if name in (None, key)]
            return self.component if name is None and self.component else next(iter(worlds), None)
        every = (one for package in self.packages for one in package.worlds.values())
        return next((one for one in every if name in (one.name, one.name.partition("@")[0])), None)


def read(path: Path) -> Tree:
    """The WIT at `path`. Raises UserError: what is wrong with it, or `wit-too-large`."""
    told = wit.tree(path)
    reader = _Reader(told["resolve"], told["package"])
    packages = tuple(reader.package(one) for one in told["resolve"]["packages"])
    world = told["world"]
    return Tree(packages[told["package"]], packages, reader.world(world) if world is not None else None)


class _Reader:
    def __init__(self, resolve: dict[str, Any], main: int) -> None:
        self._resolve = resolve
        self._types = Types(resolve, main)

    def package(self, told: dict[str, Any]) -> Package:
        name, _, version = told["name"].partition("@")
        return Package(
            name,
            parsed(version) if version else None,
            _docs(told),
            {name: self._interface(number) for name, number in told["interfaces"].items()},
            {name: self.world(number) for name, number in told["worlds"].items()},
        )

    def world(self, number: int) -> World:
        told = self._resolve["worlds"][number]
        package = self._resolve["packages"][told["package"]]["name"]
        name, at, version = package.partition("@")
        imports, exports = dict(self._side(told["imports"])), dict(self._side(told["exports"]))
        return World(f"{name}/{told['name']}{at}{version}", _docs(told), imports, exports, _since(told))

    def _side(self, told: dict[str, Any]) -> Iterator[tuple[str, Interface | Item]]:
        for key, item in told.items():
            kind, body = next(iter(item.items()))
            if kind == "interface":
                interface = self._interface(body["id"], key)
                yield interface.name, interface
            else:
                yield key, self._function(body) if kind == "function" else self._type(key, body)

    def _interface(self, number: int, key: str = "") -> Interface:
        told = self._resolve["interfaces"][number]
        # Elsewhere the key is the name that a world gives it.
        named = not key or key.startswith("interface-")
        name = self._types.interface(number) if named else key
        types = {one: self._type(one, at) for one, at in told["types"].items()}
        functions = {one: self._function(at) for one, at in told["functions"].items()}
        return Interface(name, _docs(told), {**types, **functions}, _since(told))

    def _function(self, told: dict[str, Any]) -> Item:
        way = told["kind"] if isinstance(told["kind"], str) else next(iter(told["kind"]))
        is_method, is_constructor = "method" in way, way == "constructor"
        given = told["params"][1:] if is_method else told["params"]
        names = ", ".join(f"{one['name']}: {self._types.text(one['type'])}" for one in given)
        result = told.get("result")
        answer = f" -> {self._types.text(result)}" if result is not None and not is_constructor else ""
        own = told["name"].partition("]")[2].partition(".")[2] or told["name"]
        words = [word for word in ("static", "async") if word in way]
        text = f"constructor({names})" if is_constructor else f"{own}: {' '.join([*words, 'func'])}({names}){answer}"
        meanings = [f"{one['name']}:{self._types.meaning(one['type'])}" for one in told["params"]]
        meaning = "\0".join(["async" if "async" in way else "", *meanings, "->", self._types.meaning(result)])
        return Item(told["name"], "function", text, (), _docs(told), meaning, _since(told))

    def _type(self, name: str, number: int) -> Item:
        told = self._types[number]
        kind, body = self._types.definition(number)
        meaning = self._types.meaning(number)
        if kind in _BODIES:
            parts = tuple(self._part(one) for one in body[_BODIES[kind]])
            return Item(name, kind, f"{kind} {name}", parts, _docs(told), meaning, _since(told))
        if kind == "resource":
            return Item(name, kind, f"resource {name}", (), _docs(told), meaning, _since(told))
        target = body if kind == "type" and isinstance(body, int) else None
        if (
            target is not None
            and self._types[target]["name"]
            and self._types.owner(target) != self._types.owner(number)
        ):
            other = self._types[target]["name"]
            alias = other if other == name else f"{other} as {name}"
            text = f"use {self._types.owner(target)}.{{{alias}}}"
            return Item(name, "use", text, (), _docs(told), meaning, _since(told))
        text = self._types.text(target) if target is not None else self._types.unnamed(number)
        return Item(name, "type", f"type {name} = {text}", (), _docs(told), meaning, _since(told))

    def _part(self, told: dict[str, Any]) -> Part:
        of = told.get("type")
        return Part(told["name"], None if of is None else self._types.text(of), _docs(told))


def _written(part: Part, kind: str) -> str:
    if part.type is None:
        return part.name
    return f"{part.name}: {part.type}" if kind == "record" else f"{part.name}({part.type})"


def _docs(told: dict[str, Any]) -> str:
    return ((told.get("docs") or {}).get("contents") or "").strip()


def _since(told: dict[str, Any]) -> str:
    stability = told.get("stability")
    if not isinstance(stability, dict):
        return ""
    if "unstable" in stability:
        return f"unstable: {stability['unstable']['feature']}"
    return f"since {stability['stable']['since']}"
