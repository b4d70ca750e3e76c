"""Which parts a composition has, who of them answers whom, and what each is denied."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from msgspec import Struct, field

from atoll.errors import AtollError
from atoll.host import core
from atoll.host.composing.denying import denied, needs_all
from atoll.host.composing.locked import Dependency, dependencies, middleware
from atoll.host.composing.surface import Surface, compatible, matches, named
from atoll.host.composing.unfit import Unfit
from atoll.host.symbols import path_of
from atoll.manifest.dependencies import parse_name

HANDLERS = ("wasi:http/handler", "wasi:http/incoming-handler")
"""What middleware exports and imports: of WASI 0.3 and 0.2."""


class Wire(Struct, rename={"wanted": "import"}):
    """An import of one part, and the export of another (by its number) that answers it."""

    wanted: str
    export: str
    part: int


class Part(Struct):
    """One component of a composition, as the data plane reads it."""

    name: str
    wasm: str
    denied: list[str] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)


class Planner:
    """Plans the composition of one component. `objects` are the imports that the app answers with objects of Python."""

    def __init__(self, component_id: str, objects: Iterable[str], unfit: Unfit) -> None:
        self._id = component_id
        self._objects = tuple(objects)
        self._unfit = unfit
        self._parts: list[Part] = []
        self._surfaces: list[Surface] = []
        self._numbers: dict[Any, int] = {}

    def plan(self, component: dict[str, Any]) -> list[Part]:
        """Its parts; the first one's exports are the whole's. Raises UserError or Problems for what does not fit."""
        chain = middleware(component)
        numbers = [self._add(one, f"middleware {number}") for number, one in enumerate(chain, 1)]
        inner = self._part(self._id, component["source"]["source"])
        self._answer(inner, self._id, dependencies(component))
        for (outer, behind), one in zip(pairwise([*numbers, inner]), chain, strict=True):
            self._hand_on(outer, behind, one)
            self._deny(outer, one)
        self._unfit.raise_all()
        return self._parts

    def _add(self, dependency: Dependency, name: str) -> int:
        try:
            return self._part(name, dependency.source)
        except AtollError as error:
            raise self._unfit.placed(dependency, error) from None

    def _part(self, name: str, source: str) -> int:
        path = str(path_of(source))
        self._surfaces.append(core.surface(path))
        self._parts.append(Part(name, path))
        return len(self._parts) - 1

    def _answer(self, number: int, owner: str, wanted: tuple[Dependency, ...]) -> None:
        """Let the dependencies answer what the part imports."""
        answered: dict[str, Dependency] = {}
        imports = [one.name for one in self._surfaces[number].imports]
        for dependency in wanted:
            name = parse_name(dependency.name)
            matched = [one for one in imports if matches(name, one)]
            if not matched:
                self._unfit.no_import(dependency, owner, (one for one in imports if not one.startswith("wasi:")))
                continue
            part = self._dependency(dependency)
            for imported in matched:
                if (other := answered.setdefault(imported, dependency)) is not dependency:
                    self._unfit.conflict(imported, other, dependency)
                else:
                    self._wire(number, imported, dependency, part)

    def _wire(self, number: int, imported: str, dependency: Dependency, part: int) -> None:
        wanted = dependency.export or imported
        export = self._surfaces[part].exported(wanted)
        if export is None:
            self._unfit.no_export(dependency, (imported, wanted), self._surfaces[part].exports)
        else:
            self._parts[number].wires.append(Wire(imported, export, part))

    def _dependency(self, dependency: Dependency) -> int:
        """The number of its part: one for all that is the same, with one memory."""
        same = (dependency.source, dependency.inherits, dependency.dependencies)
        if same not in self._numbers:
            self._numbers[same] = number = self._add(dependency, dependency.name)
            self._answer(number, dependency.name, dependency.dependencies)
            self._deny(number, dependency)
        return self._numbers[same]

    def _hand_on(self, outer: int, behind: int, middle: Dependency) -> None:
        """Let a middleware's requests reach what stands behind it."""
        handler = named(self._surfaces[behind].exports, *HANDLERS)
        if handler is None:
            self._unfit.no_handler(middle, self._parts[behind].name, HANDLERS)
            return
        surface = self._surfaces[outer]
        imported = next((one.name for one in surface.imports if compatible(one.name, handler)), None)
        if imported is None or surface.exported(handler) is None:
            self._unfit.no_middleware(middle, "import" if imported is None else "export", handler)
        else:
            self._parts[outer].wires.append(Wire(imported, handler, behind))

    def _deny(self, number: int, dependency: Dependency) -> None:
        """What the part may not use of what nobody in the composition answers."""
        part = self._parts[number]
        answered = {wire.wanted for wire in part.wires}
        left = [one for one in self._surfaces[number].imports if one.name not in answered]
        part.denied = denied(left, dependency.inherits)
        for name in needs_all(left, self._objects, dependency.inherits):
            self._unfit.object_alone(dependency, name)
