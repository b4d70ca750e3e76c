"""The classes of an interface's types: dataclasses, enums, flags, and a union for each variant."""

from atoll.capabilities.custom.types import attribute, class_name, member
from atoll.embed.bind.classes import Shared
from atoll.embed.bind.page import Page
from atoll.embed.bind.plan import Module
from atoll.embed.bind.text import block, documented, indented, literal, union
from atoll.embed.bind.wit import Definition, Part, Type

Lines = list[str]
BOUND = "atoll.embed.bind.bound"
TABLE = "WIT"
"""The name that each module has for its table."""


def values(page: Page) -> list[Lines]:
    """Everything that stands for values, in the order of the WIT."""
    found: list[Lines] = []
    for definition in page.module.definitions():
        if definition.kind == "resource" or page.module.uncrossable(Type("named", name=definition.name)):
            continue
        found += _written(page, definition)
    return found


def name_values(page: Page) -> None:
    """Take the names of all classes that are written here."""
    for definition in page.module.definitions():
        home, resolved = page.module.resolved(definition.name)
        if resolved.kind in ("type", "resource"):
            continue
        shared = page.names.classes.of(home, resolved)
        if shared.home is page.module and shared.definition is definition:
            page.names.shared(shared)
    for shared in page.names.classes.all:
        if shared.home is page.module and shared.definition.kind == "variant":
            case_names(page, shared)


def case_names(page: Page, shared: Shared) -> list[str]:
    """The classes of a variant's cases."""
    owner = class_name(shared.definition.name)
    parts = shared.definition.parts
    wanted = [(part, owner + class_name(part.name)) for part in parts]
    return [page.names.of((shared, part.name), shared.home, name) for part, name in wanted]


def _written(page: Page, definition: Definition) -> list[Lines]:
    home, resolved = page.module.resolved(definition.name)
    if resolved.kind in ("type", "resource"):
        return []
    shared = page.names.classes.of(home, resolved)
    if shared.home is page.module and shared.definition is definition:
        return _CLASSES[definition.kind](page, shared)
    return _other_name(page, shared, definition)


def _other_name(page: Page, shared: Shared, definition: Definition) -> list[Lines]:
    """Another name of a class: one that is used from elsewhere is imported where it is needed."""
    if definition.kind == "use":
        return []
    name = page.names.of((page.module, definition.name), page.module, class_name(definition.name))
    target = page.class_of(shared.home, shared.definition)
    return [[f"{name}: {page.of('typing', 'TypeAlias')} = {target}"]]


def _record(page: Page, shared: Shared) -> list[Lines]:
    name, definition = page.names.shared(shared), shared.definition
    with page.within({attribute(part.name) for part in definition.parts}):
        fields = [_field(page, part, types) for part, types in shared.parts()]
    head = [_dataclass(page), f"class {name}:", *indented(documented(_said(page, definition))), ""]
    return [[*head, *indented([line for field in fields for line in field])]]


def _dataclass(page: Page) -> str:
    return f"@{page.of('dataclasses', 'dataclass')}(frozen=True, slots=True)"


def _field(page: Page, part: Part, types: list[tuple[Module, Type]]) -> Lines:
    annotation = union(page.taken(of, module) for module, of in types)
    return [f"{attribute(part.name)}: {annotation}", *(documented(part.docs) if part.docs else ())]


def _variant(page: Page, shared: Shared) -> list[Lines]:
    name, names = page.names.shared(shared), case_names(page, shared)
    found = []
    for case, (part, types) in zip(names, shared.parts(), strict=True):
        docs = part.docs or f"The case `{part.name}` of `{shared.definition.name}`."
        payload = [] if part.of is None else [[f"value: {union(page.taken(of, module) for module, of in types)}"]]
        found.append([_dataclass(page), *block(f"class {case}", docs, payload)])
    alias = f"{name}: {page.of('typing', 'TypeAlias')} = "
    whole = [f"{alias}{' | '.join(names)}"]
    if len(whole[0]) > 88:
        whole = [f"{alias}(", *indented([names[0], *(f"| {case}" for case in names[1:])]), ")"]
    return [*found, [*whole, *documented(_said(page, shared.definition))]]


def _enum(page: Page, shared: Shared) -> list[Lines]:
    return [_members(page, shared, "Enum", [f'"{part.name}"' for part in shared.definition.parts])]


def _flags(page: Page, shared: Shared) -> list[Lines]:
    return [_members(page, shared, "Flag", [str(1 << bit) for bit in range(len(shared.definition.parts))])]


def _members(page: Page, shared: Shared, base: str, values: list[str]) -> Lines:
    head = f"class {page.names.shared(shared)}({page.of('enum', base)}):"
    lines = [head, *indented(documented(_said(page, shared.definition))), ""]
    for part, value in zip(shared.definition.parts, values, strict=True):
        lines += indented([f"{member(part.name)} = {value}", *(documented(part.docs) if part.docs else ())])
    return lines


def _said(page: Page, definition: Definition) -> str:
    place = page.module.interface.name
    return definition.docs or f"`{definition.name}` of {f'`{place}`' if place else 'the world'}."


_CLASSES = {"record": _record, "variant": _variant, "enum": _enum, "flags": _flags}


def table(page: Page) -> Lines:
    """What the data plane asks for each class by, see `atoll.embed.bind.bound`."""
    module, names = page.module, page.names
    entries: Lines = []
    for shared in names.classes.all:
        if shared.home is module and not module.uncrossable(Type("named", name=shared.definition.name)):
            for key in shared.keys:
                entries += literal(key, f": {names.shared(shared)},")
    for definition in module.definitions() if module.is_export else ():
        # A resource is known by the interface that is exported first, which may be one that uses it.
        home, resolved = module.resolved(definition.name)
        if resolved.kind == "resource" and home.is_export:
            key = ("resource", definition.name, (module.interface.name,))
            entries += literal(key, f": {page.class_of(home, resolved)},")
    return (
        [f"{TABLE}: {page.of('typing', 'Final')}[{page.of(BOUND, 'Table')}] = {{", *indented(entries), "}"]
        if entries
        else []
    )
