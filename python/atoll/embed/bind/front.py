"""The front of a package: what each file says about itself, and how the plugin is loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atoll import __version__
from atoll.embed.bind.page import Page
from atoll.embed.bind.text import WIDTH, block, called, documented, function, indented, quoted, shown
from atoll.embed.bind.values import BOUND, TABLE

Lines = list[str]


@dataclass(frozen=True, slots=True)
class Inside:
    """What the front needs to know of a package's world."""

    imports: Mapping[str, tuple[str, str]]
    """By name the Protocol of each import, and who answers it."""
    tables: Sequence[str] = ()
    """The modules that have a table of classes."""
    own: Sequence[str] = ()
    """The world's own table."""
    types_only: Sequence[str] = ()
    """Interfaces of which only types are imported."""
    members: Sequence[Lines] = ()
    """What an instance has and a plugin has not."""


MARK = "# Made by `atoll bind`"
"""How a file begins that may be written over."""


@dataclass(frozen=True, slots=True)
class Front:
    """The component that a package is for: the file's name, its SHA-256 and where the package finds it."""

    file: str
    sha256: str
    place: str
    """Seen from the package's folder."""
    is_module: bool = False

    def header(self) -> Lines:
        """The first lines of each file."""
        return [
            f"{MARK} (atoll {__version__}) from {shown(self.file)}: changes are lost.",
            f"# sha256:{self.sha256}",
        ]

    def said(self) -> str:
        """The package's docstring where its world says nothing."""
        kind = "core module" if self.is_module else "component"
        return f"The {kind} `{self.file}` with its types: `load` gives a plugin."

    def plugin(self, page: Page, inside: Inside) -> list[Lines]:
        """What the world's module has beside the world: instance, plugin and `load`."""
        place = f"{page.of('pathlib', 'Path')}(__file__).parent / {quoted(self.place)}"
        head = f"_COMPONENT: {page.of('typing', 'Final')} = {page.of(BOUND, 'Bound')}("
        passed = [place, quoted(self.sha256), TABLE]
        if inside.types_only:
            passed.append(f"({', '.join(map(quoted, inside.types_only))},)")
        component = called(head, passed, ")")
        parts = [_instance(page, inside.members), _plugin(page)]
        parts += [_imports(page, inside.imports)] if inside.imports else []
        return [*parts, _table(page, inside), component, self._load(page, inside.imports)]

    def _load(self, page: Page, imports: Mapping[str, tuple[str, str]]) -> Lines:
        settings = {"limits": page.of("atoll", "Limits"), "grants": page.of("atoll", "Grants")}
        parameters = ["*", *_given(page, imports, self.is_module), "name: str | None = None"]
        parameters += [f"{name}: {kind} | None = None" for name, kind in settings.items()]
        names = [parameter.partition(":")[0] for parameter in parameters[1:]]
        passed = [f"{name}={name}" for name in names]
        docs = "The plugin, see `atoll.load`. Raises UserError, or Problems with everything that is wrong."
        lines = function("load", parameters, "Plugin", docs)
        made = called("plugin: Plugin = _COMPONENT.load(", passed, ")")
        return [*lines, *indented([*made, "return plugin"])]


_AIO = "The same, whose functions give awaitables."


def _instance(page: Page, members: Sequence[Lines]) -> Lines:
    head = f"class Instance(World, {page.of(BOUND, 'BoundInstance')}, {page.of('typing', 'Protocol')})"
    aio = function("aio", ["self"], "AwaitedWorld", _AIO, before=["property"])
    return block(head, "One sandbox that is kept, see `atoll.Instance`.", [aio, *members])


def _plugin(page: Page) -> Lines:
    head = f"class Plugin(World, {page.of(BOUND, 'BoundPlugin')}, {page.of('typing', 'Protocol')})"
    members = [
        function("aio", ["self"], "AwaitedWorld", _AIO, before=["property"]),
        function("open", ["self"], "Instance", "A sandbox that is kept until it is closed."),
    ]
    return block(head, "Each call has a sandbox of its own, see `atoll.Plugin`.", members)


def _given(page: Page, imports: Mapping[str, tuple[str, str]], is_module: bool) -> Lines:
    found = []
    if imports:
        is_needed = any(answer == "object" for _, answer in imports.values())
        found.append("imports: Imports" if is_needed else "imports: Imports | None = None")
    if is_module:
        mapping = page.of("collections.abc", "Mapping")
        found.append(f"modules: {mapping}[str, {page.of('atoll.embed.wasm', 'Source')}] | None = None")
    return found


def _imports(page: Page, imports: Mapping[str, tuple[str, str]]) -> Lines:
    entries = []
    for name, (protocol, answer) in imports.items():
        kind = protocol if answer == "object" else f"{page.of('typing', 'NotRequired')}[{protocol}]"
        entries.append(f"{quoted(name)}: {kind}")
    head = f'Imports = {page.of("typing", "TypedDict")}("Imports", {{'
    whole = f"{head}{', '.join(entries)}}})"
    lines = [whole] if len(whole) <= 88 else _exploded(page, entries)
    return [*lines, *documented("Objects that answer what it imports.")]


def _exploded(page: Page, entries: Lines) -> Lines:
    whole = ['"Imports",', "{", *indented(f"{entry}," for entry in entries), "},"]
    return [f"Imports = {page.of('typing', 'TypedDict')}(", *indented(whole), ")"]


def _table(page: Page, inside: Inside) -> Lines:
    entries = [f"**{page.of(f'.{name}', TABLE, f'_{name}_wit')}," for name in inside.tables]
    entries += [line.removeprefix("    ") for line in inside.own[1:-1]]
    kind = f"{TABLE}: {page.of('typing', 'Final')}[{page.of(BOUND, 'Table')}] = "
    return [f"{kind}{{", *indented(entries), "}"] if entries else [f"{kind}{{}}"]


def assembled(front: Front, page: Page, docs: str, parts: Sequence[Lines]) -> str:
    """A module's text."""
    lines = [*documented(docs), "", "from __future__ import annotations", "", *page.imports()]
    for part in parts:
        if part:
            is_class = any(line.startswith(("class ", "def ", "@")) for line in part)
            lines += [*([""] if is_class or _ends_a_class(lines) else []), *part, ""]
    # What is longer than a line is left to no formatter: they differ in how they break it.
    unformatted = ["# fmt: off"] if any(len(line) > WIDTH for line in lines) else []
    return "\n".join([*front.header(), *unformatted, *lines]).rstrip() + "\n"


def _ends_a_class(lines: Lines) -> bool:
    """Whether what stands above is of a class or function: two empty lines follow then."""
    above = next((line for line in reversed(lines) if line), "")
    return above.startswith("    ")
