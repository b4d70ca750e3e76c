"""A manifest of version 1, written as one of version 2: comments, and the way in which values are written, are kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from atoll.errors import UserError
from atoll.manifest import writing
from atoll.manifest.document import Document
from atoll.manifest.plain import plain
from atoll.manifest.positions import Path, Statement, statements


def upgrade(content: bytes | str, file: str = "spin.toml") -> str:
    """The TOML text of the same manifest in version 2.

    Raises UserError or Problems when the manifest cannot be read, and UserError `manifest-upgrade-unneeded` when it is
    of version 2 already.
    """
    document = Document.parse(content, file)
    if document.version == 2:
        raise UserError("manifest-upgrade-unneeded", f"{file} is of version 2 already")
    return _Upgrade(document).text()


_FORMER: dict[str | int, str] = {
    "spin_manifest_version": "spin_version",
    "allowed_outbound_hosts": "allowed_http_hosts",
}


@dataclass(slots=True)
class _Line:
    """A header, or a key with its value. `origin` is where the user wrote it, or what it is made of.

    `is_kept` says that the value is still the user's own text, with the comments in it.
    """

    text: str
    origin: Path
    is_kept: bool = False
    above: list[str] = field(default_factory=list)
    beside: str = ""

    def lines(self) -> Iterator[str]:
        if self.text.startswith("["):
            yield ""
        yield from self.above
        yield f"{self.text} {self.beside}".rstrip()


class _Upgrade:
    def __init__(self, document: Document) -> None:
        self._origins = document.origins
        self._toml = document.origins.toml
        self._lines: list[_Line] = []
        manifest = plain(document.manifest)
        settings = manifest["application"].pop("trigger", {})
        if any(settings.values()):
            manifest["application"]["trigger"] = settings
        self._table((), manifest)

    def text(self) -> str:
        """The whole file."""
        written, below = statements(self._toml.text)
        _hand_over(written, self._lines)
        lines = [text for line in self._lines for text in line.lines()]
        return "\n".join([*lines, *below]).strip("\n") + "\n"

    def _table(self, path: Path, items: dict[str, Any]) -> None:
        """The table's own values, then the tables in it. One that only holds tables has no header."""
        deep = {name: item for name, item in items.items() if self._is_table((*path, name), item)}
        if path and (len(deep) < len(items) or not items):
            self._header("[{}]", path)
        for name, item in items.items():
            if name not in deep:
                self._pair((*path, name), item)
        for name, item in deep.items():
            if isinstance(item, dict):
                self._table((*path, name), item)
            for index, one in enumerate(item if isinstance(item, list) else ()):
                self._header("[[{}]]", (*path, name), index)
                for key, value in one.items():
                    self._pair((*path, name, index, key), value)

    def _header(self, form: str, path: Path, *index: int) -> None:
        names = ".".join(writing.key(str(part)) for part in path)
        self._lines.append(_Line(form.format(names), self._origins.original((*path, *index))))

    def _pair(self, path: Path, item: Any) -> None:
        own = self._own_text(path, item)
        text = f"{writing.key(str(path[-1]))} = {own or writing.value(item)}"
        self._lines.append(_Line(text, self._origins.original(path), is_kept=own is not None))

    def _is_table(self, path: Path, item: Any) -> bool:
        if isinstance(item, list):
            return len(path) == 2 and path[0] == "trigger"
        return isinstance(item, dict) and self._own_text(path, item) is None

    def _own_text(self, path: Path, item: Any) -> str | None:
        """How the user wrote this very value; None where another one stood there, or a header."""
        origin = self._origins.original(path)
        span = self._toml.span(origin)
        if span is None or _at(self._toml.data, origin) != item:
            return None
        text = self._toml.text[slice(*span.value)]
        return None if isinstance(item, dict) and not text.startswith("{") else text


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _hand_over(written: list[Statement], lines: list[_Line]) -> None:
    """Give each comment to the line that stands for its statement, or for the nearest table around it."""
    heirs: dict[Path, _Line] = {}
    for line in lines:
        heirs.setdefault(line.origin, line)
        if line.origin and line.origin[-1] in _FORMER:
            heirs.setdefault((*line.origin[:-1], _FORMER[line.origin[-1]]), line)
    for statement in reversed(written):
        heir = heirs.get(statement.path)
        within = [] if heir is not None and heir.is_kept else statement.within
        if heir is not None and not heir.beside:
            heir.beside = statement.beside
            heir.above = [*_comments(statement.above), *within, *heir.above]
            continue
        ancestors = (heirs.get(statement.path[:end]) for end in range(len(statement.path), -1, -1))
        heir = next((line for line in ancestors if line is not None), lines[0])
        beside = [statement.beside] if statement.beside else []
        heir.above = [*_comments(statement.above), *beside, *within, *heir.above]


def _comments(above: list[str]) -> list[str]:
    """Comments with the empty lines between and below them; empty lines alone say nothing."""
    begun = next((index for index, line in enumerate(above) if line.strip()), len(above))
    return [line.strip() for line in above[begun:]]
