"""TOML text that remembers where everything stands.

Takes bytes from strangers: size and nesting are bounded, and whatever is wrong comes out as a located `UserError`.
"""

import re
import tomllib
from bisect import bisect_right
from pathlib import Path as FilePath
from typing import Any

from atoll.errors import Location, UserError
from atoll.manifest.positions import Path, Range, Span, scan
from atoll.manifest.text import decoded, read_manifest

MAX_KEY_PARTS = 64

# tomllib builds the tuple of a dotted key part by part, which is quadratic: a megabyte of `a.a.a…` would take minutes.
_LONG_KEY = re.compile(rf"""(?<![\w.-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{MAX_KEY_PARTS}}}""")
_PLACE = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)


def with_line(error: UserError) -> str:
    """The message with the line, for an error that will be told at another place."""
    return f"line {error.location.line}: {error.message}" if error.location else error.message


class Toml:
    """A parsed TOML file: `data` holds the values, `location` says where one of them stands."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\r\n", "\n")
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        self._lines: dict[int, str] = {}
        try:
            self._bounded()
            self.data: dict[str, Any] = tomllib.loads(self.text)
            self._spans = scan(self.text)
        except tomllib.TOMLDecodeError as error:
            raise self._syntax(error) from None
        except ValueError:
            # Python refuses integers of thousands of digits outside of the parser's own errors.
            raise UserError("manifest-syntax", f"{file} holds a number that is out of range") from None
        except RecursionError:
            raise UserError("manifest-too-large", f"{file} is nested too deeply") from None

    @classmethod
    def from_bytes(cls, content: bytes, file: str) -> "Toml":
        """Decode and parse. Raises UserError for anything that is not a TOML document of reasonable size."""
        return cls(decoded(content, file), file)

    @classmethod
    def from_file(cls, file: FilePath, shown: str | None = None) -> "Toml":
        """As `from_bytes`, of what a file holds; `shown` is how it is called. Raises OSError, too."""
        return cls.from_bytes(read_manifest(file, shown), shown or str(file))

    def location(self, path: Path, *, key: bool = False) -> Location:
        """Where the value at `path` stands, or its key; for a path that is not there, its nearest ancestor."""
        for end in range(len(path), 0, -1):
            span = self._spans.get(path[:end])
            if span is not None:
                return self._at(span.key if key and end == len(path) else span.value)
        return self._at((0, 0))

    def offset(self, line: int, column: int) -> int:
        """Where in the text a place is."""
        return self._line_starts[line - 1] + column - 1

    def span(self, path: Path) -> Span | None:
        """The character ranges of what stands at a path, if anything does."""
        return self._spans.get(path)

    def holds(self, path: Path) -> bool:
        """Whether the text has something at this path."""
        return path in self._spans

    def _at(self, span: Range) -> Location:
        start, end = span
        index = bisect_right(self._line_starts, start) - 1
        first = self._line_starts[index]
        last = self._line_starts[index + 1] - 1 if index + 1 < len(self._line_starts) else len(self.text)
        line = self._line(first, last)
        length = max(1, min(end, first + len(line)) - start)
        return Location(self.file, index + 1, start - first + 1, line, length)

    def _line(self, first: int, last: int) -> str:
        """One line. Many problems can stand in one very long line: they share its text."""
        if first not in self._lines:
            self._lines[first] = self.text[first:last]
        return self._lines[first]

    def _bounded(self) -> None:
        match = _LONG_KEY.search(self.text)
        if match:
            raise UserError(
                "manifest-too-large",
                f"a key has more than {MAX_KEY_PARTS} parts",
                location=self._at((match.start(), match.start() + 1)),
            )

    def _syntax(self, error: tomllib.TOMLDecodeError) -> UserError:
        match = _PLACE.match(str(error))
        if match is None:
            return UserError("manifest-syntax", f"not valid TOML: {error}")
        place = self._end()
        if match["line"]:
            start = self._line_starts[int(match["line"]) - 1] + int(match["column"]) - 1
            place = self._at((start, start + 1))
        what = match["what"]
        return UserError("manifest-syntax", f"not valid TOML: {what[:1].lower()}{what[1:]}", location=place)

    def _end(self) -> Location:
        return self._at((len(self.text), len(self.text)))
