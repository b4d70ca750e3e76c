"""What a world says: interfaces, types and functions, by their names in WIT."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Type:
    """A type by its kind, in WIT's own word, and what it is `of`; one that has a name is of the kind `named`."""

    kind: str
    of: tuple["Type | None", ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A record's field, or the case of a variant, an enum or flags."""

    name: str
    of: Type | None = None
    docs: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function; `role` is `function`, `constructor`, `method` or `static`."""

    name: str
    parameters: tuple[tuple[str, Type], ...] = ()
    result: Type | None = None
    is_async: bool = False
    role: str = "function"
    docs: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A type that has a name: `record`, `variant`, `enum`, `flags`, `resource`, `type` (another name) or `use`."""

    kind: str
    name: str
    parts: tuple[Part, ...] = ()
    functions: tuple[Function, ...] = ()
    of: Type | None = None
    used: tuple[str, str] = ("", "")
    """Interface and name of a type that is another interface's."""
    docs: str = ""


@dataclass(slots=True)
class Interface:
    """Types and functions under one name; the world's own have an empty one."""

    name: str
    definitions: dict[str, Definition] = field(default_factory=dict)
    functions: list[Function] = field(default_factory=list)
    docs: str = ""

    def all_functions(self) -> Iterator[Function]:
        """Those of its resources, too."""
        yield from self.functions
        for definition in self.definitions.values():
            yield from definition.functions

    def used(self) -> Iterator[str]:
        """The interfaces whose types it uses."""
        for definition in self.definitions.values():
            if definition.kind == "use":
                yield definition.used[0]


@dataclass(slots=True)
class World:
    """All of it. `own` has the world's types and the functions that it exports, `imported` those that it imports."""

    interfaces: dict[str, Interface] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    own: Interface = field(default_factory=lambda: Interface(""))
    imported: list[Function] = field(default_factory=list)
    docs: str = ""
