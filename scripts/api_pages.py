"""The pages of docs/reference/api: what each public module offers, as its sources say it. Nothing is imported."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import griffe
from scripts import api_stubs as stubs
from scripts.api_prose import Prose, first_sentence

ROOT = Path(__file__).resolve().parent.parent
MODULES = (
    "atoll",
    "atoll.embed.plugins",
    "atoll.capabilities.custom",
    "atoll.importer",
    "atoll.extism",
    "atoll.django",
    "atoll.testing",
    "atoll.testing.plugin",
    "atoll.errors",
)
"""The public modules, in their order. What is public in them is their `__all__`, or all but `_…` and pytest's hooks."""

_ALSO = {"atoll.capabilities.custom": ("modules.Memory", "modules.Global", "modules.Caller")}
"""What a user meets though no signature names it."""

_UNSAID = ("atoll.embed.types.", "atoll.embed.plugins.sources.", "atoll.host.", "atoll.web.exchange.")
"""Where what signatures name is not for users: it is for generated packages, for the data plane, or of ASGI."""


@dataclass
class Page:
    """A module: what it offers, what that leads to, and what has its entry on another page."""

    module: griffe.Module
    named: dict[str, griffe.Object] = field(default_factory=dict)
    reached: dict[str, griffe.Object] = field(default_factory=dict)
    elsewhere: dict[str, griffe.Object] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Its name in the folder."""
        return f"{self.module.path}.md"

    def entries(self) -> list[tuple[str, griffe.Object]]:
        """What it describes, in order."""
        return [*self.named.items(), *sorted(self.reached.items())]

    def links(self) -> dict[str, str]:
        """The places of its entries, and of their parts, by name."""
        found: dict[str, str] = {}
        before: Counter[str] = Counter()
        for name, item in self.entries():
            parts = stubs.members(item) if isinstance(item, griffe.Class) else []
            for title in (name, *(f"{name}.{part.name}" for part in parts)):
                # `Up` and `up` would be one: the second is counted.
                anchor = re.sub(r"[^\w-]", "", title.lower())
                found[title] = f"#{anchor}-{before[anchor]}" if before[anchor] else f"#{anchor}"
                before[anchor] += 1
        return found


@cache
def api_pages() -> dict[str, str]:
    """Every page by its file name."""
    book = _Book()
    made = {page.file: book.page(page) for page in book.pages}
    return {name: _formatted(text) for name, text in {"index.md": book.index(), **made}.items()}


class _Book:
    """All pages; each thing has its entry on the first that offers it, or else on the first that leads to it."""

    def __init__(self) -> None:
        package = griffe.load("atoll", search_paths=[ROOT / "python"], allow_inspection=False)
        assert isinstance(package, griffe.Module)
        self._package = package
        self.pages = [Page(self._module(path)) for path in MODULES]
        self._offered: dict[str, Page] = {}
        for page in self.pages:
            for name, item in _public(page.module):
                there = self._offered.setdefault(item.path, page)
                (page.named if there is page else page.elsewhere)[name] = item
        known = {*self._offered}
        for page in self.pages:
            also = [page.module[name] for name in _ALSO.get(page.module.path, ())]
            waiting = [*page.named.values(), *also]
            while waiting:
                item = waiting.pop(0)
                if item.path not in known:
                    known.add(item.path)
                    assert item.name not in page.named | page.reached, f"{page.file} has two entries {item.name}"
                    page.reached[item.name] = item
                waiting += [other for other in self._led_to(item) if other.path not in known]

    def index(self) -> str:
        """What there is."""
        lines = ["# Python API", "", "Made of the docstrings. The [guides](../../index.md) show how it is used.", ""]
        for page in self.pages:
            offered = sorted((page.named | page.elsewhere).items())
            lines += [f"## [{page.module.path}]({page.file})", "", first_sentence(page.module), ""]
            lines += ["| name | |", "| --- | --- |"]
            lines += [
                f"| [`{name}`]({self._place(name, item)}) | {_cell(first_sentence(item))} |" for name, item in offered
            ]
            lines.append("")
        return "\n".join(lines).rstrip() + "\n"

    def page(self, page: Page) -> str:
        """What a module offers."""
        prose = Prose(self._links(page))
        lines = [f"# {page.module.path}", "", *prose.of(page.module)]
        shown = {"Here": page.named, "These lead to": page.reached, "Elsewhere": page.elsewhere}
        for title, items in shown.items():
            if items:
                lines += [f"{title}: {' · '.join(prose.linked(f'`{name}`') for name in sorted(items))}", ""]
        lines += _source(page.module)
        for name, item in page.entries():
            lines += self._entry(name, item, prose)
        return "\n".join(lines).rstrip() + "\n"

    def _entry(self, name: str, item: griffe.Object, prose: Prose) -> list[str]:
        made = self._maker(item)
        lines = [f"## {name}", "", *_code(stubs.stub(item, made)), *prose.of(item), *(prose.of(made) if made else ())]
        if isinstance(item, griffe.Class):
            own = {member.name for member in stubs.members(item)}
            for member in stubs.members(item):
                lines += [f"### {name}.{member.name}", "", *_code(stubs.stub(member)), *prose.of(member)]
            for base in item.resolved_bases:
                more = stubs.members(base) if isinstance(base, griffe.Class) else []
                told = [f"`{base.name}.{one.name}`" for one in more if one.name not in own]
                lines += [f"Also {prose.linked(', '.join(told))}.", ""] if told else []
        return lines + _source(item)

    def _links(self, page: Page) -> dict[str, str]:
        """By name: those of the page itself, and of others what no two of them have."""
        found: dict[str, str] = {}
        twice: set[str] = set()
        for other in self.pages:
            for name, anchor in other.links().items():
                twice |= {name} & found.keys()
                found[name] = f"{other.file}{anchor}"
        found = {name: link for name, link in found.items() if name not in twice}
        found |= {other.module.path.removeprefix("atoll."): other.file for other in self.pages if other is not page}
        return found | {name: self._place(name, item) for name, item in page.elsewhere.items()} | page.links()

    def _place(self, name: str, item: griffe.Object) -> str:
        page = self._offered[item.path]
        return f"{page.file}{page.links()[name]}"

    def _module(self, path: str) -> griffe.Module:
        found = self._package if path == "atoll" else self._package[path.removeprefix("atoll.")]
        assert isinstance(found, griffe.Module)
        return found

    def _led_to(self, item: griffe.Object) -> list[griffe.Object]:
        """The classes and aliases of ours that its stubs name."""
        return [found for one in self._expressions(item) for path in _paths(one) for found in self._ours(path)]

    def _expressions(self, item: griffe.Object) -> Iterator[object]:
        if isinstance(item, griffe.Function):
            yield item.returns
            yield from (one.annotation for one in item.parameters)
        elif isinstance(item, griffe.Attribute):
            yield from (item.annotation, item.value)
        elif isinstance(item, griffe.Class):
            yield from item.bases
            made = self._maker(item)
            for part in (*([made] if made else ()), *stubs.fields(item), *stubs.kept(item), *stubs.members(item)):
                yield from self._expressions(part)

    def _maker(self, item: griffe.Object) -> griffe.Function | None:
        """The constructor of a class, if it is described, or takes nothing that atoll alone has."""
        made = stubs.constructor(item) if isinstance(item, griffe.Class) else None
        if made is None or made.docstring is not None:
            return made
        paths = [path for one in made.parameters for path in _paths(one.annotation)]
        is_hidden = any(path.startswith(_UNSAID) or "._" in path for path in paths)
        is_offered = all(one.path in self._offered for path in paths for one in self._ours(path))
        return made if is_offered and not is_hidden and item.path in self._offered else None

    def _ours(self, path: str) -> list[griffe.Object]:
        parts = path.split(".")
        if parts[0] != "atoll" or parts[-1].startswith("_"):
            return []
        try:
            item = self._package[".".join(parts[1:])]
        except KeyError:
            return []
        item = item.final_target if isinstance(item, griffe.Alias) else item
        is_alias = isinstance(item, griffe.Attribute) and not str(item.value).startswith("TypeVar")
        return [item] if (is_alias or isinstance(item, griffe.Class)) and not item.path.startswith(_UNSAID) else []


def _public(module: griffe.Module) -> Iterator[tuple[str, griffe.Object]]:
    own = (name for name, item in module.members.items() if not item.is_alias and not item.is_module)
    for name in module.exports or [name for name in own if not name.startswith(("_", "pytest_"))]:
        item = module[str(name)]
        yield str(name), item.final_target if isinstance(item, griffe.Alias) else item


def _paths(expression: object) -> list[str]:
    """The full names in an annotation."""
    parts = expression.iterate(flat=True) if isinstance(expression, griffe.Expr) else ()
    return [part.canonical_path for part in parts if isinstance(part, griffe.ExprName)]


def _code(text: str) -> list[str]:
    return ["```python", text.rstrip(), "```", ""]


def _source(item: griffe.Object) -> list[str]:
    file = f"python/{item.relative_package_filepath.as_posix()}"
    return [f"[{file}](../../../{file})", ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _formatted(text: str) -> str:
    """With its code as the house's formatter writes it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "page.md", "-"]
    done = subprocess.run(command, input=text, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout
