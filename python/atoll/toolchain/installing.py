"""Installs toolchains, and removes them. What is there already is left as it is, and takes no time."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from atoll.errors import AtollError, UserError, raise_all
from atoll.toolchain.known import TOOLCHAINS, Toolchain, known
from atoll.toolchain.parts import Part
from atoll.toolchain.place import Place, here
from atoll.toolchain.stock import PARTS
from atoll.toolchain.wrappers import wrapper


class Stage(Enum):
    """What becomes of a part."""

    WAITING = "waiting"
    """Somebody else installs; there is no part yet."""
    INSTALLING = "installing"
    INSTALLED = "installed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """What becomes of a part, the `number`th of `count` to be installed."""

    stage: Stage
    what: str = ""
    number: int = 0
    count: int = 0
    seconds: float = 0.0


def install(names: Iterable[str], tell: Callable[[Report], None]) -> None:
    """Have these toolchains, in the versions that are pinned.

    Raises UserError or Problems with all that failed, once everything that could be installed is.
    """
    chosen = [known(name) for name in names]
    place = here()
    if not _lacking(chosen, place):
        return
    with place.alone(lambda: tell(Report(Stage.WAITING))):
        problems = _install([part for part in _parts(chosen) if not part.is_there(place)], place, tell)
        _write_commands([*chosen, *present(place)], place)
        place.sweep()
    raise_all(problems)


def uninstall(names: Iterable[str]) -> list[str]:
    """Remove these toolchains, with the parts that no other one needs; the names of those that were there.

    What they took from the machine stays. Raises UserError.
    """
    chosen = [known(name) for name in names]
    place = here()
    if not place.folder.is_dir():
        return []
    with place.alone(lambda: None):
        was = present(place)
        kept = [one for one in was if one not in chosen]
        commands, parts = _all("commands", kept), _all("parts", kept)
        place.remove(_all("programs", chosen) - commands)
        place.drop(_all("parts", chosen) - parts)
        _write_commands(kept, place)
        place.sweep()
    return [one.name for one in was if one in chosen]


def is_installed(name: str) -> bool:
    """Whether all of it is there, as it is pinned. Raises UserError."""
    return not _lacking([known(name)], here())


def present(place: Place) -> list[Toolchain]:
    """The toolchains that are there, in whatever version: those with a command that no other one brings."""
    return [one for one in TOOLCHAINS.values() if any(place.has(command) for command in one.own)]


def _write_commands(toolchains: Iterable[Toolchain], place: Place) -> None:
    """Have the commands of these as the parts are now; also those of the machine, where the place has its own."""
    for command in dict.fromkeys(program for one in toolchains for program in one.programs):
        text = wrapper(command, place)
        if text is None:
            place.remove([command])
        else:
            place.write(command, text)


def _lacking(chosen: Collection[Toolchain], place: Place) -> bool:
    """Whether a part or a command of theirs is not there, or not as it is pinned."""
    if not all(part.is_there(place) for part in _parts(chosen)):
        return True
    wanted = {command: wrapper(command, place) for one in chosen for command in one.programs}
    return any(place.text(command) != text for command, text in wanted.items())


def _parts(chosen: Iterable[Toolchain]) -> list[Part]:
    return [PARTS[name] for name in dict.fromkeys(name for one in chosen for name in one.parts)]


def _all(what: str, toolchains: Iterable[Toolchain]) -> set[str]:
    return {name for one in toolchains for name in getattr(one, what)}


def _install(parts: Collection[Part], place: Place, tell: Callable[[Report], None]) -> list[AtollError]:
    """Everything that went wrong."""
    problems = list[AtollError]()
    for number, part in enumerate(parts, 1):
        began, stage = time.monotonic(), Stage.INSTALLED
        tell(Report(Stage.INSTALLING, part.what, number, len(parts)))
        try:
            part.install(place)
        except UserError as error:
            problems.append(error)
            stage = Stage.FAILED
        tell(Report(stage, part.what, number, len(parts), time.monotonic() - began))
    return problems
