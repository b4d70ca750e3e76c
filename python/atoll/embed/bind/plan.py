"""Which modules a package has, and what of a world is in them.

An interface that is exported has one, and one that a Python object answers. Of all others there is what these use: an
interface that is both imported and exported has two sides, whose resources differ.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from atoll.capabilities.custom.types import attribute
from atoll.embed.bind.wit import Definition, Function, Interface, Type, World

NEW = {"map": "a map", "fixed-list": "a list of fixed length", "error-context": "an error context"}
"""Types that values of Python cannot cross as yet."""
_RESERVED = {"load"}


@dataclass(slots=True, eq=False)
class Module:
    """One interface as one module; the world itself has no name."""

    interface: Interface
    is_export: bool
    answered: str = ""
    """Of an import, whether an object answers it: `object`, `optional` or nothing."""
    name: str = ""
    used: dict[str, "Module"] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)
    place: int = 0
    """Among the package's modules: one uses those before it."""

    def resolved(self, name: str) -> tuple["Module", Definition]:
        """Where a type was defined that has this name here, and as what."""
        definition = self.interface.definitions[name]
        if definition.kind == "use":
            return self.used[definition.used[0]].resolved(definition.used[1])
        if definition.kind == "type" and definition.of is not None and definition.of.kind == "named":
            return self.resolved(definition.of.name)
        return self, definition

    def definitions(self) -> Iterator[Definition]:
        """Those that the package has."""
        return (one for name, one in self.interface.definitions.items() if name in self.needed)

    def plain(self, of: Type) -> tuple["Module", Type | Definition]:
        """A type without the names that are only other names of it."""
        if of.kind != "named":
            return self, of
        module, definition = self.resolved(of.name)
        return module.plain(definition.of) if definition.of is not None else (module, definition)

    def uncrossable(self, of: Type | None) -> str:
        """What of the type cannot cross, or nothing."""
        if of is None:
            return ""
        module, plain = self.plain(of)
        if isinstance(plain, Type):
            return NEW.get(plain.kind) or _first(module, plain.of)
        if plain.kind == "resource" and not module.is_export and not module.answered:
            return f"the resource `{plain.name}` of `{module.interface.name}`, which the host keeps"
        return _first(module, (part.of for part in plain.parts))

    def refused(self, function: Function) -> str:
        """What of a function cannot cross."""
        return _first(self, (*(of for _, of in function.parameters), function.result))


def _first(module: Module, types: "Iterator[Type | None] | tuple[Type | None, ...]") -> str:
    return next(filter(None, map(module.uncrossable, types)), "")


class Plan:
    """The modules of a package, those that others use before them; the world's own comes last."""

    def __init__(self, world: World, answers: Mapping[str, str]) -> None:
        """`answers` says of each import who answers it, see `Module.answered`."""
        self.world = world
        self.answers = answers
        self._made: dict[tuple[bool, str], Module] = {}
        self.modules: list[Module] = []
        for name in world.imports:
            if answers.get(name):
                self._side(name, False)
        for name in world.exports:
            self._side(name, True)
        self.root = Module(world.own, True)
        self._use(self.root)
        for module in [*self.modules, self.root]:
            if module.is_export or module.answered:
                self._need(module, module.interface.definitions)
        self.modules = [module for module in self.modules if module.is_export or module.answered or module.needed]
        for place, module in enumerate([*self.modules, self.root]):
            module.place = place
        self._name()

    def exports(self) -> Iterator[Module]:
        """The interfaces that can be called."""
        return (module for module in self.modules if module.is_export)

    def hosts(self) -> Iterator[Module]:
        """The interfaces that objects answer."""
        return (module for module in self.modules if module.answered)

    def _side(self, name: str, is_export: bool) -> Module:
        if (is_export, name) not in self._made:
            answered = "" if is_export else self.answers.get(name, "")
            module = self._made[is_export, name] = Module(self.world.interfaces[name], is_export, answered)
            self._use(module)
            self.modules.append(module)
        return self._made[is_export, name]

    def _use(self, module: Module) -> None:
        for name in module.interface.used():
            # An export uses what is exported beside it; the world's own types are those of its imports.
            is_export = module.is_export and bool(module.interface.name) and name in self.world.exports
            module.used[name] = self._side(name, is_export)

    def _need(self, module: Module, names: "Iterator[str] | Mapping[str, object]") -> None:
        for name in names:
            if name not in module.needed:
                module.needed.add(name)
                definition = module.interface.definitions[name]
                if definition.kind == "use":
                    self._need(module.used[definition.used[0]], iter([definition.used[1]]))
                self._need(module, _named([definition.of, *(part.of for part in definition.parts)]))

    def _name(self) -> None:
        taken = set(_RESERVED)
        for module in sorted(self.modules, key=lambda module: not module.is_export):
            module.name = next(name for name in _names(module) if name not in taken)
            taken.add(module.name)


def _named(types: "list[Type | None] | tuple[Type | None, ...]") -> Iterator[str]:
    for of in types:
        if of is not None:
            if of.kind == "named":
                yield of.name
            yield from _named(of.of)


def _names(module: Module) -> Iterator[str]:
    """What the module could be called, from short to long: `people`, `crm_people`, `acme_crm_people_1_0_0`."""
    full, _, version = module.interface.name.partition("@")
    package, _, short = full.rpartition("/")
    longer = [short, f"{package.rpartition(':')[2]}-{short}", f"{package}-{short}".replace(":", "-")]
    plain = "".join(char if char.isalnum() else "-" for char in version)
    longer.append(f"{longer[-1]}-{plain}")
    for name in longer:
        if name[:1].isalpha():
            yield attribute(name)
            if not module.is_export:
                yield f"imported_{attribute(name)}"
    while True:
        name += "_"
        yield attribute(name)
