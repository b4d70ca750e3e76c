"""What became of a WIT: every difference, whether it breaks those who rely on it, and the version that it asks for.

A package is looked at as an interface between people who may use either version: what is added breaks nobody, what is
gone or has another type does. A world may import more, for components need not use it; but not export more, for they
would have to. A component is looked at as one that takes another's place: it may export more, and not import more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from atoll.errors import UserError
from atoll.manifest.versions import Version
from atoll.packages.wit.tree import Interface, Item, Package, Part, Tree, World
from atoll.packages.wit.versions import after, parsed

_PARTS = {"record": "field", "variant": "case", "enum": "case", "flags": "flag"}
# What a type means stands in the functions that have it: without one nobody notices it.
_NOTICED = ("function", "resource")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `what` is `added`, `removed` or `changed`; `old` and `new` are WIT.

    `promised`: whether the version of its interface promises that there is no such change.
    """

    what: str
    kind: str
    where: str
    name: str
    breaking: bool
    old: str | None
    new: str | None
    promised: bool = True


@dataclass(frozen=True, slots=True)
class _Rules:
    """Whether it breaks others where something is added, or removed; `versioned`: whether a version promises it."""

    added: bool
    removed: bool
    versioned: bool = True


_PACKAGE = _Rules(added=False, removed=True)
_IMPORTED = _Rules(added=False, removed=True)
_EXPORTED = _Rules(added=True, removed=True)
_NEEDED = _Rules(added=True, removed=False, versioned=False)
_GIVEN = _Rules(added=False, removed=True)


@dataclass(frozen=True)
class Comparison:
    """All differences of two packages or components."""

    changes: tuple[Change, ...]
    old: Version | None
    new: Version | None

    @property
    def breaking(self) -> bool:
        """Whether any change is."""
        return any(change.breaking for change in self.changes)

    @cached_property
    def asked(self) -> Version | None:
        """The lowest version that may have these changes; None where there was none."""
        if self.old is None:
            return None
        return after(self.old, breaking=self.breaking, added=bool(self.changes))

    @property
    def keeps(self) -> bool:
        """Whether the version says what happened; of components, whether versioned interfaces stayed what they were."""
        if self.asked is None:
            return not any(change.breaking and change.promised and "@" in change.where for change in self.changes)
        if self.new is None:
            return True
        return Version(self.new.major, self.new.minor, self.new.patch) >= self.asked or self.new >= self.asked


def compare(old: Tree, new: Tree) -> Comparison:
    """Two packages, or two components. Raises UserError `wit-invalid` for one of each."""
    if (old.component is None) != (new.component is None):
        raise UserError(
            "wit-invalid",
            "a package and a component cannot be compared",
            "`atoll wit check` says whether a component fits a world",
        )
    if old.component is not None and new.component is not None:
        return Comparison(tuple(_components(old.component, new.component)), None, None)
    return Comparison(tuple(_packages(old.main, new.main)), old.main.version, new.main.version)


def _packages(old: Package, new: Package) -> Iterator[Change]:
    for name in _both(old.interfaces, new.interfaces):
        one, other = old.interfaces.get(name), new.interfaces.get(name)
        if one is None or other is None:
            yield _whole("interface", f"{new.name}/{name}", one, other, breaking=other is None)
        else:
            yield from _items(f"{new.name}/{name}", one.items, other.items, _PACKAGE)
    for name in _both(old.worlds, new.worlds):
        before, after = old.worlds.get(name), new.worlds.get(name)
        if before is None or after is None:
            yield _whole("world", f"{new.name}/{name}", before, after, breaking=after is None)
        else:
            where = f"{new.name}/{name}"
            yield from _side(where, "import", (_own(before.imports, old), _own(after.imports, new)), _IMPORTED)
            yield from _side(where, "export", (_own(before.exports, old), _own(after.exports, new)), _EXPORTED)


def _own(side: Mapping[str, Interface | Item], package: Package) -> dict[str, Interface | Item]:
    """A side of a world, with the package's own interfaces without its version: that is another one anyway."""
    own = f"{package.name}/"
    return {name.partition("@")[0] if name.startswith(own) else name: one for name, one in side.items()}


def _components(old: World, new: World) -> Iterator[Change]:
    yield from _side("", "import", (old.imports, new.imports), _NEEDED)
    yield from _side("", "export", (old.exports, new.exports), _GIVEN)


def _side(
    where: str, side: str, worlds: tuple[Mapping[str, Interface | Item], Mapping[str, Interface | Item]], rules: _Rules
) -> Iterator[Change]:
    """What a world imports, or what it exports."""
    before, after = ({tracked(name): (name, one) for name, one in each.items()} for each in worlds)
    for key in _both(before, after):
        (old_name, old), (new_name, new) = before.get(key, ("", None)), after.get(key, ("", None))
        if old is None or new is None:
            breaking = rules.added if old is None else rules.removed
            what = "added" if old is None else "removed"
            texts = (_said(side, old_name, old), _said(side, new_name, new))
            yield Change(what, side, where, new_name or old_name, breaking, *texts, promised=not _is_own(key))
            continue
        if isinstance(old, Item) and isinstance(new, Item):
            yield from _items(where or side, {key: old}, {key: new}, rules)
        elif isinstance(old, Interface) and isinstance(new, Interface):
            if old_name != new_name:
                yield Change("changed", side, where, new_name, False, f"{side} {old_name}", f"{side} {new_name}")
            # The interfaces of packages are compared where they are defined; a component has its own part of them.
            if not where or not _is_own(key):
                yield from _items(new_name if not where else f"{where} {new_name}", old.items, new.items, rules)
        else:
            texts = (_said(side, old_name, old), _said(side, new_name, new))
            yield Change("changed", side, where, new_name, True, *texts)


def _items(where: str, old: Mapping[str, Item], new: Mapping[str, Item], rules: _Rules) -> Iterator[Change]:
    for name in _both(old, new):
        before, after = old.get(name), new.get(name)
        if before is not None and after is not None:
            yield from _item(where, before, after, foreign=rules is _PACKAGE)
            continue
        one = before or after
        assert one is not None
        breaking = (rules.added if before is None else rules.removed) and (rules is _PACKAGE or one.kind in _NOTICED)
        texts = (before.wit if before else None, after.wit if after else None)
        what = "added" if before is None else "removed"
        yield Change(what, one.kind, where, shown(name), breaking, *texts, promised=rules.versioned)


def _item(where: str, old: Item, new: Item, *, foreign: bool) -> Iterator[Change]:
    """What became of one item. A type that it has is told where that is defined; `foreign` ones nowhere else."""
    is_equal, name = old.meaning == new.meaning, shown(new.name)
    parts = [*_parts(where, old, new, breaking=not is_equal)] if old.kind == new.kind else []
    if parts:
        yield from parts
    elif old.wit != new.wit or (foreign and not is_equal and _is_foreign(new, where)):
        yield Change("changed", new.kind, where, name, not is_equal, old.wit, new.wit)


def _is_foreign(item: Item, where: str) -> bool:
    return item.kind == "use" and not item.text.startswith(f"use {where.partition('/')[0]}/")


def _parts(where: str, old: Item, new: Item, *, breaking: bool) -> Iterator[Change]:
    before, after = ({part.name: part for part in item.parts} for item in (old, new))
    kind = _PARTS.get(new.kind, "")
    for part in _both(before, after):
        one, other = before.get(part), after.get(part)
        texts = (_part(one), _part(other))
        if texts[0] != texts[1]:
            what = "added" if one is None else "removed" if other is None else "changed"
            yield Change(what, kind, where, f"{new.name}.{part}", breaking, *texts)


def _part(part: Part | None) -> str | None:
    return None if part is None else f"{part.name}: {part.type}" if part.type else part.name


def _whole(kind: str, name: str, old: object, new: object, *, breaking: bool) -> Change:
    text = f"{kind} {name.rpartition('/')[2]}"
    what = "added" if old is None else "removed"
    return Change(what, kind, "", name, breaking, text if old else None, text if new else None)


def _said(side: str, name: str, one: Interface | Item | None) -> str | None:
    return None if one is None else f"{side} {one.wit if isinstance(one, Item) and one.kind == 'function' else name}"


def _both(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    """All names, in the order of the new one with what is gone behind."""
    yield from new
    yield from (name for name in old if name not in new)


def _is_own(key: str) -> bool:
    """Whether it is an interface with a package, and not one that a world writes out."""
    return "/" in key


def tracked(name: str) -> str:
    """The name of an import or export as it is matched: versions that can stand for each other are one."""
    base, at, version = name.partition("@")
    return f"{base}@{parsed(version).track}" if at else base


def shown(name: str) -> str:
    """The name of a function as people write it: `shelf.put` for `[method]shelf.put`."""
    kind, _, rest = name.partition("]")
    return f"{rest}.constructor" if kind == "[constructor" else rest or kind
