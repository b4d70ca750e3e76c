"""What is there of each toolchain, how large it is, and what would be installed."""

import os
from dataclasses import dataclass
from pathlib import Path

from atoll.toolchain import machine
from atoll.toolchain.installing import is_installed, present
from atoll.toolchain.known import TOOLCHAINS, Toolchain
from atoll.toolchain.place import Place, here
from atoll.toolchain.stock import PARTS


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A part as it is: `installed`, of the `machine`, or `missing`. `size` counts bytes."""

    name: str
    title: str
    version: str
    state: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A toolchain as it is: `installed`, `outdated`, which is part of it in these versions, or `missing`."""

    name: str
    about: str
    aliases: tuple[str, ...]
    state: str
    commands: tuple[str, ...]
    parts: tuple[ListedPart, ...]


def listed() -> list[Listed]:
    """All toolchains."""
    place = here()
    found = present(place)
    parts = {name: _part(name, place) for name in PARTS}
    return [_listed(one, one in found, parts) for one in TOOLCHAINS.values()]


def _listed(one: Toolchain, is_present: bool, parts: dict[str, ListedPart]) -> Listed:
    state = "installed" if is_installed(one.name) else "outdated" if is_present else "missing"
    of_it = tuple(parts[name] for name in one.parts)
    return Listed(one.name, one.about, one.aliases, state, one.commands, of_it)


def _part(name: str, place: Place) -> ListedPart:
    part, folder = PARTS[name], place.part(name)
    if not part.is_there(place):
        return ListedPart(name, part.title, part.version, "missing")
    if folder is None:
        version = ".".join(str(number) for number in machine.version({"nodejs": "node"}.get(name, name)))
        return ListedPart(name, part.title, version, "machine")
    return ListedPart(name, part.title, part.version, "installed", _size(folder))


def _size(folder: Path) -> int:
    files = (os.path.join(base, name) for base, _, names in os.walk(folder) for name in names)
    return sum(os.lstat(file).st_size for file in files)
