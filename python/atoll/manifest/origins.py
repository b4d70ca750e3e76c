"""Where a value of the normalised manifest was written.

Normalising moves things: inline components become named ones, a profile replaces a source, a version 1 manifest becomes
version 2. Each move is noted, so that a problem found afterwards still shows the line that the user wrote.
"""

from typing import Any, Protocol

from atoll.errors import Location
from atoll.manifest.positions import Path, Span


class Written(Protocol):
    """A manifest as somebody wrote it: a TOML text, or what was translated into the same form from another language."""

    file: str
    text: str
    data: dict[str, Any]

    def location(self, path: Path, *, key: bool = False) -> Location:
        """Where a value stands, or its key; for a path that is not there, its nearest ancestor."""
        ...

    def holds(self, path: Path) -> bool:
        """Whether something was written at this path."""
        ...

    def span(self, path: Path) -> Span | None:
        """The characters at this path, where they can be replaced by others."""
        ...


class Origins:
    """Places of a manifest's text, seen through the moves that were made since."""

    def __init__(self, toml: Written) -> None:
        self.toml = toml
        self._moves: list[dict[Path, Path]] = []

    def moved(self, moves: dict[Path, Path]) -> None:
        """Note one step of moves: new path to old path. What stands below a moved path moved with it."""
        self._moves.append(moves)

    def location(self, path: Path, *, key: bool = False) -> Location:
        """Where the value at `path` of the present form was written, or its key."""
        return self.toml.location(self.original(path), key=key)

    def span(self, path: Path) -> Span | None:
        """The characters of this value, if the user wrote it."""
        return self.toml.span(self.original(path))

    def holds(self, path: Path) -> bool:
        """Whether the user wrote this value."""
        return self.toml.holds(self.original(path))

    def original(self, path: Path) -> Path:
        """The path at which the user wrote what stands at `path` of the present form, if anybody did."""
        for moves in reversed(self._moves):
            path = next(
                (moves[path[:end]] + path[end:] for end in range(len(path), 0, -1) if path[:end] in moves),
                path,
            )
        return path
