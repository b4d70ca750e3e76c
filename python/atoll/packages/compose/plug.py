"""Components put together by what they import and export alone."""

from collections.abc import Sequence
from pathlib import Path

from atoll import host
from atoll.errors import UserError
from atoll.host.composing.plan import Part, Wire
from atoll.host.composing.surface import Surface


def plugged(root: Path, plugs: Sequence[Path]) -> list[Part]:
    """The parts of a composition in which plugs answer the root's imports, and those of plugs before them.

    Of several that could answer, the first does. Raises UserError `dependency-unmatched` for a plug that answers
    nothing, and as `atoll.host.surface` does.
    """
    files = [root, *plugs]
    parts = [Part(file.name, str(file)) for file in files]
    surfaces = [host.surface(str(file)) for file in files]
    answered: set[tuple[int, str]] = set()
    for number in range(1, len(files)):
        wires = [
            (socket, wire)
            for socket in range(number)
            for wire in _wires(surfaces[socket], surfaces[number], number)
            if (socket, wire.wanted) not in answered
        ]
        if not wires:
            raise _useless(files[number], files[:number], surfaces[number])
        for socket, wire in wires:
            answered.add((socket, wire.wanted))
            parts[socket].wires.append(wire)
    return parts


def _wires(socket: Surface, plug: Surface, number: int) -> list[Wire]:
    found = ((one.name, plug.exported(one.name)) for one in socket.imports)
    return [Wire(wanted, export, number) for wanted, export in found if export is not None]


def _useless(plug: Path, sockets: list[Path], surface: Surface) -> UserError:
    exports = ", ".join(f"`{name}`" for name in surface.exports) or "nothing"
    before = " and ".join(f"`{file.name}`" for file in sockets)
    return UserError(
        "dependency-unmatched",
        f"the plug `{plug.name}` answers no import of {before}",
        f"it exports {exports}; `atoll inspect` says what the others import",
    )
