"""The sources that a failed component was made from: what stands at a place that a compiler or a runtime names."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from atoll.observe.fault.folder import SCRIPTS, Folder, read
from atoll.observe.fault.sourcemap import SourceMap, inline, named
from atoll.observe.fault.told import Place

# More places than any stack and its traceback have; each takes a look or more at the file system.
_MOST_PLACES = 300
_MOST_BYTES = 1 << 20
_MOST_BYTES_OF_MAP = 16 << 20


@dataclass(frozen=True)
class Source:
    """A line of a source file, whose path is relative to its folder.

    `own` sources are the author's, others those of libraries that lie beside them.
    """

    file: str
    line: int
    column: int | None
    text: tuple[str, ...]
    own: bool

    @property
    def where(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"


class Sources:
    """Finds sources of one component: in its own folder, then in that of the app."""

    def __init__(self, folders: Mapping[str, str], component: str) -> None:
        named = [(_root(folders[name]), name == component) for name in (component, "") if name in folders]
        self._folders = [Folder(root, deep=is_own) for root, is_own in named if root is not None]
        self._found: dict[Place, Source | None] = {}
        self._texts: dict[Path, str | None] = {}
        self._maps: dict[Path, SourceMap | None] = {}

    def find(self, place: Place) -> Source | None:
        """What stands there; None if it is nobody's business, or if the file has no such line any more."""
        if place not in self._found:
            if len(self._found) >= _MOST_PLACES:
                return None
            sources = (self._in_folder(folder, place) for folder in self._folders)
            self._found[place] = next(filter(None, sources), None)
        return self._found[place]

    def _in_folder(self, folder: Folder, place: Place) -> Source | None:
        file = folder.find(place.file, partial(self._fits, place))
        text = None if file is None else self._text(file)
        if file is None or text is None:
            return None
        original = self._original(folder, file, text, place) if file.suffix in SCRIPTS else None
        return original or _source(str(file.relative_to(folder.root)), place, text, folder.is_own(file))

    def _original(self, folder: Folder, script: Path, text: str, place: Place) -> Source | None:
        """What the script was made from, if it has a map."""
        if script not in self._maps:
            self._maps[script] = _map(folder, script, text)
        found = self._maps[script]
        original = None if found is None else found.find(place.line, place.column)
        if original is None:
            return None
        there = Place(original.source, original.line, original.column)
        fits = partial(self._fits, there)
        file = folder.find(os.path.normpath(script.parent / there.file), fits) or folder.find(there.file, fits)
        content = original.text or (None if file is None else self._text(file))
        if content is None:
            return None
        if file is None:
            return _source(there.file, there, content, False)
        return _source(str(file.relative_to(folder.root)), there, content, folder.is_own(file))

    def _fits(self, place: Place, file: Path) -> bool:
        """Whether the file may be what ran."""
        text = self._text(file)
        if text is None or not 0 < place.line <= len(_lines(text)):
            return False
        return place.function is None or re.search(rf"\b{re.escape(place.function)}\b", text) is not None

    def _text(self, file: Path) -> str | None:
        if file not in self._texts:
            self._texts[file] = read(file, _MOST_BYTES)
        return self._texts[file]


def _map(folder: Folder, script: Path, text: str) -> SourceMap | None:
    address = named(text)
    try:
        document = inline(address) if address else None
        if document is not None:
            return SourceMap(document)
        beside = script.with_name(f"{script.name}.map").resolve()
        content = read(beside, _MOST_BYTES_OF_MAP) if beside.is_relative_to(folder.root) else None
        return None if content is None else SourceMap(content)
    except (OSError, RuntimeError, ValueError):
        return None


def _source(name: str, place: Place, text: str, own: bool) -> Source | None:
    lines = _lines(text)
    return Source(name, place.line, place.column, lines, own) if 0 < place.line <= len(lines) else None


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.removesuffix("\r") for line in text.removesuffix("\n").split("\n"))


def _root(folder: str) -> Path | None:
    try:
        return Path(folder).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
