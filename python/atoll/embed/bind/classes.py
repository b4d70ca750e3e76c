"""Which class stands for which type: values of equal types come out as one class, whichever name they have.

The data plane asks for a class by the type's name and the names of its parts, and two types of one interface that are
equal have one name for it. So all types that it cannot tell apart share a class here; where their parts differ in type,
the class takes either.
"""

from dataclasses import dataclass, field

from atoll.embed.bind.plan import Module, Plan
from atoll.embed.bind.wit import Definition, Part, Type

Key = tuple[str, str, tuple[object, ...]]
"""As `atoll.embed.types` has them: kind, name, names of the parts."""
_KINDS = {"record": "record", "variant": "variant", "enum": "enumeration", "flags": "flags"}


@dataclass(slots=True, eq=False)
class Shared:
    """One class: all types that it stands for, the first of which gives it its name and place."""

    of: list[tuple[Module, Definition]] = field(default_factory=list)
    keys: dict[Key, None] = field(default_factory=dict)
    places: list[tuple[Module, str]] = field(default_factory=list)
    """Modules and the names of it there."""

    @property
    def home(self) -> Module:
        """The module that defines it."""
        return self.of[0][0]

    @property
    def definition(self) -> Definition:
        """The first type."""
        return self.of[0][1]

    def parts(self) -> list[tuple[Part, list[tuple[Module, Type]]]]:
        """Each part with the types that it can have."""
        found = []
        for index, part in enumerate(self.definition.parts):
            types = [(module, definition.parts[index].of) for module, definition in self.of]
            found.append((part, [(module, of) for module, of in types if of is not None]))
        return found


class Classes:
    """The classes of all modules."""

    def __init__(self, plan: Plan) -> None:
        self._shapes: dict[object, int] = {}
        self._shape_of: dict[tuple[int, Module], int] = {}
        self._by: dict[object, Shared] = {}
        self.all: dict[Shared, None] = {}
        for module in [*plan.modules, plan.root]:
            for name in module.interface.definitions:
                if name in module.needed:
                    self._add(module, name)

    def of(self, module: Module, definition: Definition) -> Shared:
        """The class of a record, variant, enum or flags."""
        return self._by["definition", id(definition), module]

    def _add(self, module: Module, name: str) -> None:
        home, definition = module.resolved(name)
        if definition.kind not in _KINDS:
            return
        # The world's own types have no name for the data plane.
        keys = [_key(definition, name)] + ([] if module.interface.name else [_key(definition, "")])
        # Types of one name and parts, equal types of one interface, and the type itself under another name.
        marks: list[object] = [*keys, (module, self._shape(home, definition)), ("definition", id(definition), home)]
        marked = {self._by[mark] for mark in marks if mark in self._by}
        known = [shared for shared in self.all if shared in marked]
        shared = known[0] if known else Shared()
        for other in known[1:]:
            self._merge(shared, other)
        self._by.update(dict.fromkeys(marks, shared))
        self.all[shared] = None
        shared.keys |= dict.fromkeys(keys)
        shared.places.append((module, name))
        if not any(known is definition and place is home for place, known in shared.of):
            shared.of.append((home, definition))

    def _merge(self, into: Shared, other: Shared) -> None:
        into.of += other.of
        into.keys |= other.keys
        into.places += other.places
        self._by = {mark: into if shared is other else shared for mark, shared in self._by.items()}
        del self.all[other]

    def _shape(self, module: Module, of: Type | Definition | None) -> int:
        """A number that equal types have in common."""
        if of is None:
            return -1
        if isinstance(of, Type):
            module, of = module.plain(of)
        if isinstance(of, Type):
            return self._number((of.kind, *(self._shape(module, part) for part in of.of)))
        if of.kind == "resource":
            return self._number((module, of.name))
        key = (id(of), module)
        if key not in self._shape_of:
            parts = ((part.name, self._shape(module, part.of)) for part in of.parts)
            self._shape_of[key] = self._number((of.kind, *parts))
        return self._shape_of[key]

    def _number(self, shape: object) -> int:
        return self._shapes.setdefault(shape, len(self._shapes))


def _key(definition: Definition, name: str) -> Key:
    parts: list[object] = [part.name for part in definition.parts]
    if definition.kind == "variant":
        parts = [(part.name, part.of is not None) for part in definition.parts]
    return _KINDS[definition.kind], name, tuple(parts)
