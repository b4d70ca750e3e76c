"""One module of a package while it is written: its names, what it imports, and types as annotations."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from atoll.embed.bind.names import Names
from atoll.embed.bind.plan import Module
from atoll.embed.bind.text import WIDTH, called, indented, union
from atoll.embed.bind.wit import Definition, Type

ABC = "collections.abc"
CALLS = "atoll.embed.call"
VALUES = "atoll.capabilities.custom"
_INTEGERS = frozenset(f"{sign}{bits}" for sign in "su" for bits in (8, 16, 32, 64))
_PLAIN = {"bool": "bool", "f32": "float", "f64": "float", "char": "str", "string": "str"}
_PLAIN |= dict.fromkeys(_INTEGERS, "int")


class Page:
    """Annotations of one module, and the imports that they need."""

    def __init__(self, module: Module, names: Names) -> None:
        self.module = module
        self.names = names
        self._members: Collection[str] = ()
        self._imports: dict[str, dict[str, str]] = {}
        self._late: dict[str, dict[str, str]] = {}
        self._hiding: dict[str, str] = {}
        self._plain: set[str] = set()
        self._taken: set[str] = set()

    # Names.

    @contextmanager
    def within(self, members: Collection[str]) -> Iterator[None]:
        """Within a class: its members hide what is called like them."""
        self._members = members
        yield
        self._members = ()

    def of(self, source: str, name: str, under: str = "", *, is_late: bool = False) -> str:
        """Something that is imported, under a name of its own if the module has one that is called so.

        `is_late` imports it for those who check types alone: it comes from a module that imports this one.
        """
        known = (self._late if is_late else self._imports).setdefault(source, {})
        if name not in known:
            plain = under or name
            while self.names.is_taken(self.module, plain) or plain in self._taken:
                plain = f"_{plain}"
            self._taken.add(plain)
            known[name] = plain
        return known[name]

    def builtin(self, name: str) -> str:
        """One of Python's own, which a member may hide."""
        if name not in self._members:
            return name
        self._plain.add("builtins as _builtins")
        return f"_builtins.{name}"

    def own(self, name: str) -> str:
        """A class of this module: within a class that has a member of its name, under another one."""
        if name not in self._members:
            return name
        self._hiding[name] = self.names.hidden(self.module, name)
        return self._hiding[name]

    def other_names(self) -> list[str]:
        """The other names of classes that were needed so far."""
        return [f"{hidden}: {self.of('typing', 'TypeAlias')} = {name}" for name, hidden in self._hiding.items()]

    def imports(self) -> list[str]:
        """The lines that import, as they are sorted by custom: Python's own, ours, those of the package."""
        if self._late:
            self.of("typing", "TYPE_CHECKING")
        groups: list[list[str]] = [[f"import {name}" for name in sorted(self._plain)], [], []]
        for source in sorted(self._imports, key=lambda source: (source.lstrip("."), source)):
            group = 2 if source.startswith(".") else 1 if source.startswith("atoll") else 0
            groups[group] += _imported(source, self._imports[source])
        lines = [line for group in groups if group for line in (*group, "")]
        late = [line for source, names in sorted(self._late.items()) for line in _imported(source, names)]
        return [*lines, "if TYPE_CHECKING:", *indented(late), ""] if late else lines

    # Annotations.

    def given(self, of: Type | None, module: Module | None = None) -> str:
        """What is asked for, where Python gives a value."""
        return self._annotation(module or self.module, of, True)

    def taken(self, of: Type | None, module: Module | None = None) -> str:
        """What comes, where Python takes a value."""
        return self._annotation(module or self.module, of, False)

    def result(self, of: Type | None, is_given: bool = False) -> str:
        """What a function returns: of a `result` what goes well."""
        module, plain = (self.module, None) if of is None else self.module.plain(of)
        if isinstance(plain, Type) and plain.kind == "result":
            return self._annotation(module, plain.of[0] if plain.of else None, is_given)
        return self._annotation(self.module, of, is_given)

    def error(self, of: Type | None, is_given: bool = False) -> tuple[bool, str]:
        """Whether a function can fail with an error of its own, and that one's payload."""
        module, plain = (self.module, None) if of is None else self.module.plain(of)
        if not isinstance(plain, Type) or plain.kind != "result":
            return False, ""
        error = plain.of[1] if len(plain.of) > 1 else None
        return True, self._annotation(module, error, is_given) if error else ""

    def is_option(self, of: Type) -> bool:
        """Whether a parameter of this type need not be given at the end."""
        _, plain = self.module.plain(of)
        return isinstance(plain, Type) and plain.kind == "option"

    def _annotation(self, module: Module, of: Type | None, is_given: bool) -> str:
        if of is None:
            return "None"
        module, plain = module.plain(of)
        if isinstance(plain, Definition):
            return self.class_of(module, plain)
        parts = [self._annotation(module, part, is_given) for part in plain.of]
        return self._built(module, plain, parts, is_given)

    def _built(self, module: Module, of: Type, parts: list[str], is_given: bool) -> str:
        match of.kind:
            case "list" if self._is_bytes(module, of):
                return self._bytes(is_given)
            case "list" if is_given:
                return f"{self.of(ABC, 'Iterable')}[{parts[0]}]"
            case "list":
                return f"{self.builtin('list')}[{parts[0]}]"
            case "tuple":
                return f"{self.builtin('tuple')}[{', '.join(parts) or '()'}]"
            case "option":
                return self._option(module, of, parts[0])
            case "result":
                parts += ["None"] * (2 - len(parts))
                return f"{self.of(VALUES, 'Ok')}[{parts[0]}] | {self.of(VALUES, 'Err')}[{parts[1]}]"
            case "stream" | "future":
                return self._later(module, of, parts, is_given)
            case kind:
                return self.builtin(_PLAIN[kind])

    def _option(self, module: Module, of: Type, part: str) -> str:
        _, inner = module.plain(of.of[0]) if of.of[0] else (module, None)
        if isinstance(inner, Type) and inner.kind == "option":
            part = f"{self.of(VALUES, 'Some')}[{part}]"
        return f"{part} | None"

    def _later(self, module: Module, of: Type, parts: list[str], is_given: bool) -> str:
        item = parts[0] if parts else "None"
        if of.kind == "future":
            if not is_given:
                return f"{self.of(VALUES, 'GuestFuture')}[{item}]"
            inner_module, inner = module.plain(of.of[0]) if of.of and of.of[0] else (module, None)
            if isinstance(inner, Type) and inner.kind == "result":
                item = self._annotation(inner_module, inner.of[0] if inner.of else None, True)
            return f"{self.of(ABC, 'Awaitable')}[{item}]"
        if self._is_bytes(module, of):
            item = self._bytes(is_given)
        if not is_given:
            return f"{self.of(VALUES, 'GuestStream')}[{item}]"
        return f"{self.of(ABC, 'Iterable')}[{item}] | {self.of(ABC, 'AsyncIterable')}[{item}]"

    def _is_bytes(self, module: Module, of: Type) -> bool:
        """Whether its items are bytes, which come as a whole."""
        if not of.of or of.of[0] is None:
            return False
        _, item = module.plain(of.of[0])
        return isinstance(item, Type) and item.kind == "u8"

    def _bytes(self, is_given: bool) -> str:
        names = ("bytes", "bytearray", "memoryview") if is_given else ("bytes",)
        return union(map(self.builtin, names))

    def class_of(self, module: Module, definition: Definition) -> str:
        """The class of a type that has a name."""
        if definition.kind == "resource":
            home, name = module, self.names.resource(module, definition)
        else:
            shared = self.names.classes.of(module, definition)
            home, name = shared.home, self.names.shared(shared)
        if home is self.module:
            return self.own(name)
        return self.of(f".{home.name}", name, is_late=home.place > self.module.place)


def _imported(source: str, names: Mapping[str, str]) -> list[str]:
    """One statement for the names that are imported as they are, and one for each other."""
    plain = sorted((name for name, known in names.items() if name == known), key=_order)
    line = f"from {source} import {', '.join(plain)}"
    lines = {plain[0]: [line] if len(line) <= WIDTH else called(f"from {source} import (", plain, ")")} if plain else {}
    for name, known in names.items():
        if name != known:
            lines[f"{name} as {known}"] = [f"from {source} import {name} as {known}"]
    return [line for first in sorted(lines, key=_order) for line in lines[first]]


def _order(name: str) -> tuple[int, str]:
    """As imports are sorted by custom: constants, classes, others."""
    plain = name.partition(" ")[0]
    return (0 if plain.isupper() and len(plain) > 1 else 1 if plain[0].isupper() else 2), name
