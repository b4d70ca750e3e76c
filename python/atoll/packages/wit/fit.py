"""Whether a component fits a world: it imports at most what the world imports, and exports at least what it exports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from atoll.errors import UserError
from atoll.host import wit
from atoll.packages.wit.diff import shown, tracked
from atoll.packages.wit.tree import Interface, Item, World, read

Side = Mapping[str, Interface | Item]


@dataclass(frozen=True, slots=True)
class Misfit:
    """One reason why a component does not fit, with the WIT of both sides, as far as they have any."""

    side: str
    name: str
    why: str
    component: tuple[str, ...] = ()
    world: tuple[str, ...] = ()


def misfits(component: Path, path: Path, world: str | None) -> list[Misfit]:
    """Everything that does not fit; of the WIT at `path` the world of this name, or the only one. Raises UserError."""
    own = read(component).component
    if own is None:
        raise UserError("guest-not-component", f"`{component}` is a package of WIT", "name a component")
    told = wit.target(component, path, world)
    if not (told.imports or told.exports or told.types):
        return []
    wanted = read(path).world(world)
    assert wanted is not None, "the data plane found it"
    return [
        *(_surplus(own, name) for name in told.imports),
        *(_missing(wanted, name) for name in told.exports),
        *(one for mismatch in told.types for one in _unlike(own, wanted, mismatch)),
    ]


def _surplus(own: World, name: str) -> Misfit:
    one = _named(own.imports, name)
    return Misfit("import", name, "the world does not import it", _lines(one))


def _missing(wanted: World, name: str) -> Misfit:
    one = _named(wanted.exports, name)
    return Misfit("export", name, "the component does not export it", (), _lines(one))


def _unlike(own: World, wanted: World, mismatch: wit.Mismatch) -> Iterator[Misfit]:
    side = "import" if mismatch.imported else "export"
    one = _named(own.imports if mismatch.imported else own.exports, mismatch.name)
    other = _named(wanted.imports if mismatch.imported else wanted.exports, mismatch.name)
    pairs = [*_pairs(one, other)]
    unlike = [pair for pair in pairs if _differ(*pair, imported=mismatch.imported)]
    # Functions whose text is the same have a type that is told by itself.
    told = [pair for pair in unlike if not (pair[0] and pair[1] and pair[0].wit == pair[1].wit)]
    for mine, theirs in told:
        item = mine or theirs
        assert item is not None
        why = "its types differ" if mine and theirs else "the world has none" if mine else "the component has none"
        where = f"{mismatch.name} {shown(item.name)}" if isinstance(one, Interface) else mismatch.name
        yield Misfit(side, where, why, (mine.wit,) if mine else (), (theirs.wit,) if theirs else ())
    if not told:
        yield Misfit(side, mismatch.name, mismatch.why, _lines(one), _lines(other))


def _differ(mine: Item | None, theirs: Item | None, *, imported: bool) -> bool:
    """Whether a world's item cannot stand for that of a component; who has more than is asked for is fine."""
    needed, given = (mine, theirs) if imported else (theirs, mine)
    return needed is not None and (given is None or given.meaning != needed.meaning)


def _pairs(one: Interface | Item | None, other: Interface | Item | None) -> Iterator[tuple[Item | None, Item | None]]:
    mine, theirs = _items(one), _items(other)
    yield from ((mine.get(name), theirs.get(name)) for name in dict.fromkeys([*mine, *theirs]))


def _items(one: Interface | Item | None) -> Mapping[str, Item]:
    if one is None:
        return {}
    return one.items if isinstance(one, Interface) else {one.name: one}


def _named(side: Side, name: str) -> Interface | Item | None:
    return next((one for known, one in side.items() if tracked(known) == tracked(name)), None)


def _lines(one: Interface | Item | None) -> tuple[str, ...]:
    functions = [item for item in _items(one).values() if item.kind == "function"]
    return tuple(f"{item.resource}.{item.wit}" if item.resource else item.wit for item in functions)
