"""The one file of a package for a core module: functions of numbers, its memories and globals."""

from collections.abc import Sequence

from atoll.capabilities.custom.types import class_name
from atoll.embed.bind.classes import Classes
from atoll.embed.bind.front import Front, Inside, assembled
from atoll.embed.bind.names import Names
from atoll.embed.bind.numbers import BYTES, Numbers, Surface
from atoll.embed.bind.page import ABC, CALLS, Page
from atoll.embed.bind.plan import Plan
from atoll.embed.bind.text import block, function, union
from atoll.embed.bind.wit import World

Lines = list[str]

_MODULES = "atoll.capabilities.custom.modules"
_TAKEN = ("World", "AwaitedWorld", "Bytes", "AwaitedBytes", "Plugin", "Instance", "Imports")
_BYTES = "_Bytes"
_AGAIN = "The same functions, to be awaited."


class CorePackage:
    """Writes it."""

    def __init__(self, surface: Surface, hidden: frozenset[str], front: Front) -> None:
        self.surface = surface
        self.front = front
        plan = Plan(World(), {})
        self.page = Page(plan.root, Names(Classes(plan)))
        for name in _TAKEN:
            self.page.names.take(plan.root, name)
        self.functions = [one for one in surface.functions.values() if one.name not in hidden]
        self.hidden = hidden

    def files(self) -> dict[str, str]:
        """Its text, by its name."""
        hosts = {name: self._host(name, functions) for name, functions in self.surface.hosts.items()}
        alias = f"{_BYTES}: {self.page.of('typing', 'TypeAlias')} = str | bytes | bytearray | memoryview"
        parts = [[alias], *(lines for _, lines in hosts.values())]
        parts += [self._bytes("Bytes", False), self._bytes("AwaitedBytes", True)]
        parts += [self._world("World", False), self._world("AwaitedWorld", True)]
        imports = {name: (f"{protocol} | {self._by_name()}", "optional") for name, (protocol, _) in hosts.items()}
        parts += self.front.plugin(self.page, Inside(imports, members=self._kept()))
        return {"__init__.py": assembled(self.front, self.page, self.front.said(), parts)}

    def _world(self, name: str, awaited: bool) -> Lines:
        page, bytes_name = self.page, "AwaitedBytes" if awaited else "Bytes"
        docs = "The same functions, giving bytes: those that tell address and length."
        with page.within({"bytes", *(one.name for one in self.functions)}):
            members = [function("bytes", ["self"], bytes_name, docs, before=[page.builtin("property")])]
            for one in self.functions:
                members += self._called(one, one.ways(self.surface.takes_bytes), self._returns(one), awaited)
        docs = _AGAIN if awaited else "What the module exports."
        return block(f"class {name}({page.of('typing', 'Protocol')})", docs, members)

    def _bytes(self, name: str, awaited: bool) -> Lines:
        page = self.page
        members: list[Lines] = []
        with page.within({one.name for one in self.functions}):
            for one in self.functions:
                ways = one.ways_to_bytes(self.surface.takes_bytes)
                if ways != []:
                    members += self._called(one, ways, page.builtin("bytes"), awaited)
        docs = _AGAIN if awaited else "Functions that give bytes: an address and a length, which their result tells."
        return block(f"class {name}({page.of('typing', 'Protocol')})", docs, members)

    def _returns(self, one: Numbers) -> str:
        numbers = [self.page.builtin(kind) for kind in one.given()]
        if len(numbers) > 1:
            return f"{self.page.builtin('tuple')}[{', '.join(numbers)}]"
        return numbers[0] if numbers else "None"

    def _called(self, one: Numbers, ways: Sequence[tuple[str, ...]] | None, returns: str, awaited: bool) -> list[Lines]:
        """A function, once for each way to call it."""
        page = self.page
        returns = f"{page.of(CALLS, 'Call')}[{returns}]" if awaited else returns
        if ways is None:
            anything = f"{page.builtin('float')} | {_BYTES}"
            return [function(one.name, ["self", f"*arguments: {anything}"], returns)]
        before = [page.of("typing", "overload")] if len(ways) > 1 else []
        return [function(one.name, self._parameters(way), returns, before=before) for way in ways]

    def _parameters(self, way: tuple[str, ...]) -> list[str]:
        kinds = [_BYTES if kind == BYTES else self.page.builtin(kind) for kind in way]
        named = [f"p{index}: {kind}" for index, kind in enumerate(kinds)]
        return ["self", *named, *(["/"] if named else [])]

    def _host(self, module: str, functions: dict[str, Numbers]) -> tuple[str, Lines]:
        """The Protocol of an object that answers; each function can be told who calls it."""
        page = self.page
        plain = "-".join("".join(char if char.isalnum() else " " for char in module).split())
        name = page.names.take(page.module, class_name(plain) if plain.isascii() and plain[:1].isalpha() else "Host")
        members = []
        with page.within(set(functions)):
            for one in functions.values():
                told = self._callable([page.of(_MODULES, "Caller")], one)
                kind = union([self._callable([], one), told])
                members.append(function(one.name, ["self"], kind, before=[page.builtin("property")]))
        docs = f"What answers `{module}`. A first parameter that is called `caller` is told who calls."
        return name, block(f"class {name}({page.of('typing', 'Protocol')})", docs, members)

    def _by_name(self) -> str:
        """Functions by name do as well as an object; other modules may answer instead."""
        return f"{self.page.of(ABC, 'Mapping')}[str, {self.page.of(ABC, 'Callable')}[..., object]]"

    def _callable(self, first: Lines, one: Numbers) -> str:
        ways = one.ways(False) or [()]
        kinds = [*first, *(self.page.builtin(kind) for kind in ways[0])]
        returns = self._returns(one)
        either = f"{returns} | {self.page.of(ABC, 'Awaitable')}[{returns}]"
        return f"{self.page.of(ABC, 'Callable')}[[{', '.join(kinds)}], {either}]"

    def _kept(self) -> list[Lines]:
        """What only an instance has: memories and globals."""
        kinds = dict.fromkeys(self.surface.memories, "Memory") | dict.fromkeys(self.surface.globals, "Global")
        free = {name: kind for name, kind in kinds.items() if name not in self.hidden}
        return [
            function(name, ["self"], self.page.of(_MODULES, kind), before=["property"]) for name, kind in free.items()
        ]
