"""The pages: their names, and what stands in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.resources import files

from atoll.packages.wit.docs.marked import prose, sentence, signature
from atoll.packages.wit.tree import Interface, Item, Package, Tree, World

MARK = '<meta name="generator" content="atoll wit docs">'
STYLE = "style.css"
_PARTS = {"record": "fields", "variant": "cases", "enum": "cases", "flags": "flags"}
_GROUPS = (("Types", ("record", "variant", "enum", "flags", "type", "use")), ("Resources", ("resource",)))


@dataclass(frozen=True)
class Site:
    """The pages of a WIT: of its package, and of all that it needs."""

    tree: Tree

    @cached_property
    def places(self) -> Mapping[str, str]:
        """The page of each interface and world, by its full name."""
        found = {}
        for package in self._packages:
            for one in _parts_of(package):
                found[one.name] = f"{folder(package)}/{one.name.partition('/')[2].partition('@')[0]}.html"
        return found

    def pages(self) -> Iterator[tuple[str, str]]:
        """Paths and texts."""
        yield "index.html", self._index()
        for package in self._packages:
            for interface in package.interfaces.values():
                yield self.places[interface.name], self._interface(package, interface)
            for world in package.worlds.values():
                yield self.places[world.name], self._world(package, world)
        yield STYLE, files("atoll.packages.wit.docs").joinpath(STYLE).read_text("utf-8")

    @property
    def _packages(self) -> list[Package]:
        """The main one first, the others by their names; none that has nothing."""
        others = sorted((one for one in self.tree.packages if one is not self.tree.main), key=str)
        return [one for one in (self.tree.main, *others) if one.interfaces or one.worlds]

    def _index(self) -> str:
        parts = []
        for package in self._packages:
            inner = "\n".join(map(self._row, _parts_of(package)))
            parts.append(
                f"<section>\n<h2>{escape(str(package))}</h2>\n{prose(package.docs)}<dl>\n{inner}\n</dl>\n</section>"
            )
        title = str(self.tree.main) if self.tree.component is None else "A component"
        return _page(title, ("", ""), "\n".join(parts))

    def _row(self, one: Interface | World) -> str:
        kind = "world" if isinstance(one, World) else "interface"
        name = escape(one.name.partition("/")[2].partition("@")[0])
        link = f'<a href="{escape(self.places[one.name])}">{name}</a>'
        return f'<dt><span class="kind">{kind}</span> {link}</dt><dd>{sentence(one.docs)}</dd>'

    def _interface(self, package: Package, interface: Interface) -> str:
        about = _about("interface", package, interface.docs)
        return _page(interface.name, about, self._described(interface), "../")

    def _described(self, interface: Interface) -> str:
        sections = []
        for title, kinds in _GROUPS:
            items = [self._item(interface, one) for one in interface.items.values() if one.kind in kinds]
            sections.append(_section(title, items))
        free = [one for one in interface.items.values() if one.kind == "function" and one.resource is None]
        return "\n".join([*sections, _section("Functions", [self._item(interface, one) for one in free])])

    def _item(self, interface: Interface, item: Item) -> str:
        line = self._line(interface, item.text)
        since = f' <span class="since">{escape(item.since)}</span>' if item.since else ""
        head = f'<article id="{_anchor(item.name)}">\n<h3><code>{line}</code>{since}</h3>'
        methods = [one for one in interface.items.values() if item.kind == "resource" and one.resource == item.name]
        inner = "\n".join(self._item(interface, one) for one in methods)
        return f"{head}\n{prose(item.docs)}{self._parts(interface, item)}{inner}</article>"

    def _parts(self, interface: Interface, item: Item) -> str:
        if not item.parts:
            return ""
        rows = []
        for part in item.parts:
            name = f'<span class="name">{escape(part.name)}</span>'
            of = self._line(interface, part.type) if part.type is not None else ""
            told = f": {of}" if item.kind == "record" else f"({of})" if of else ""
            rows.append(f"<dt><code>{name}{told}</code></dt><dd>{prose(part.docs)}</dd>")
        return f'<dl class="{_PARTS[item.kind]}">\n' + "\n".join(rows) + "\n</dl>\n"

    def _line(self, interface: Interface, text: str) -> str:
        known = interface.items
        return signature(text, lambda name: f"#{_anchor(name)}" if name in known else None, self._page_of)

    def _page_of(self, name: str) -> str | None:
        place = self.places.get(name)
        return None if place is None else f"../{place}"

    def _world(self, package: Package, world: World) -> str:
        sections = [self._side("Imports", world.imports), self._side("Exports", world.exports)]
        return _page(world.name, _about("world", package, world.docs), "\n".join(sections), "../")

    def _side(self, title: str, side: Mapping[str, Interface | Item]) -> str:
        items = []
        for name, one in side.items():
            if isinstance(one, Item):
                items.append(self._item(Interface("", "", {}), one))
            elif (place := self._page_of(name)) is not None:
                link = f'<a href="{escape(place)}"><code>{escape(name)}</code></a>'
                items.append(f"<article>\n<h3>{link}</h3>\n<p>{sentence(one.docs)}</p>\n</article>")
            else:
                items.append(f"<article>\n<h3><code>{escape(name)}</code></h3>\n{self._described(one)}\n</article>")
        return _section(title, items)


def _parts_of(package: Package) -> list[Interface | World]:
    return [*package.worlds.values(), *package.interfaces.values()]


def folder(package: Package) -> str:
    """The folder of a package's pages."""
    return str(package).replace(":", "-").replace("@", "-")


def _section(title: str, items: list[str]) -> str:
    inner = "\n".join(items)
    return f"<section>\n<h2>{title}</h2>\n{inner}\n</section>" if items else ""


def _anchor(name: str) -> str:
    return escape(name.replace("[", "").replace("]", "."))


def _about(kind: str, package: Package, docs: str) -> tuple[str, str]:
    """What stands above and below a title."""
    return f'<p class="kind">{kind} of {escape(str(package))}</p>\n', prose(docs)


def _page(title: str, about: tuple[str, str], body: str, up: str = "") -> str:
    back = f'<nav><a href="{up}index.html">All packages</a></nav>\n' if up else ""
    label, docs = about
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'{MARK}\n<title>{escape(title)}</title>\n<link rel="stylesheet" href="{up}{STYLE}">\n'
        f"<main>\n{back}<header>\n{label}<h1>{escape(title)}</h1>\n{docs}</header>\n{body}\n</main>\n"
    )
