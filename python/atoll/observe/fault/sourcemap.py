"""Source maps, revision 3 (ECMA-426): where a place of generated JavaScript stands in what it was made from.

A map may be a stranger's: whatever it holds, reading it ends, and raises nothing but `ValueError`.
"""

import base64
import binascii
import re
from bisect import bisect_right
from typing import NamedTuple

import msgspec

_DIGITS = {
    digit: value for value, digit in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
# More digits than any number of 32 bits takes.
_MOST_DIGITS = 7
_URL = re.compile(r"^//[#@] ?sourceMappingURL=(\S+)[ \t]*$", re.MULTILINE)
_INLINE = re.compile(r"data:application/json;(?:charset=[\w-]+;)?base64,", re.IGNORECASE)

Segment = tuple[int, int, int, int]
"""A column of the generated line; index (-1 for none), line and column of the source; all from 0."""


class Original(NamedTuple):
    """A place in the source, with lines and columns from 1, and the source's text if the map holds it."""

    source: str
    line: int
    column: int
    text: str | None


class _Document(msgspec.Struct):
    version: int
    mappings: str
    sources: list[str | None]
    source_root: str | None = msgspec.field(default=None, name="sourceRoot")
    contents: list[str | None] | None = msgspec.field(default=None, name="sourcesContent")


class SourceMap:
    """A source map that was read. Raises ValueError if it is none."""

    def __init__(self, document: str | bytes) -> None:
        self._document = msgspec.json.decode(document, type=_Document)
        if self._document.version != 3:
            raise ValueError("the map's revision is not 3")
        self._lines = _decoded(self._document.mappings)

    def find(self, line: int, column: int | None) -> Original | None:
        """What stands at a place of the generated file, whose lines and columns count from 1; None if nobody knows."""
        segments = self._lines[line - 1] if 0 < line <= len(self._lines) else []
        at = 0 if column is None else bisect_right(segments, column - 1, key=lambda segment: segment[0]) - 1
        if not segments or at < 0:
            return None
        _, index, source_line, source_column = segments[at]
        sources, contents = self._document.sources, self._document.contents or []
        name = sources[index] if 0 <= index < len(sources) else None
        if name is None or source_line < 0 or source_column < 0:
            return None
        root = self._document.source_root
        text = contents[index] if index < len(contents) else None
        return Original(f"{root.rstrip('/')}/{name}" if root else name, source_line + 1, source_column + 1, text)


def named(text: str) -> str | None:
    """The address of the map that a generated file names in its last comment."""
    found = _URL.findall(text)
    return found[-1] if found else None


def inline(address: str) -> bytes | None:
    """The map that such an address holds itself. Raises ValueError if it is damaged."""
    head = _INLINE.match(address)
    if head is None:
        return None
    try:
        return base64.b64decode(address[head.end() :], validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _decoded(mappings: str) -> list[list[Segment]]:
    source = source_line = source_column = 0
    lines: list[list[Segment]] = []
    for group in mappings.split(";"):
        segments: list[Segment] = []
        column = 0
        for field in filter(None, group.split(",")):
            numbers = _numbers(field)
            column += numbers[0]
            if len(numbers) >= 4:
                source += numbers[1]
                source_line += numbers[2]
                source_column += numbers[3]
            segments.append((column, source if len(numbers) >= 4 else -1, source_line, source_column))
        lines.append(sorted(segments))
    return lines


def _numbers(field: str) -> list[int]:
    """The numbers of a segment: base 64, five bits a digit, least first; the sixth says that more follow."""
    numbers: list[int] = []
    number = shift = 0
    for digit in field:
        bits = _DIGITS.get(digit, -1)
        if bits < 0 or shift >= 5 * _MOST_DIGITS:
            raise ValueError("the mappings are damaged")
        number |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            numbers.append(-(number >> 1) if number & 1 else number >> 1)
            number = shift = 0
    if shift or not numbers:
        raise ValueError("the mappings are damaged")
    return numbers
