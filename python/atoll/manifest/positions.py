"""Where each key and value of a TOML text stands.

`scan` walks a text that a TOML parser has accepted already, so it needs no error handling of its own. Paths are tuples
of keys and indexes, as one would index the parsed data: `("trigger", "http", 0, "route")`.
"""

import re
import tomllib
from typing import NamedTuple

Path = tuple[str | int, ...]
Range = tuple[int, int]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_COMMENT = re.compile(r"#[^\n]*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]+|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_BASIC_BLOCK = re.compile(r'"""(?:[^"\\]+|\\.|"{1,2}(?!"))*?"{3,5}', re.DOTALL)
_LITERAL_BLOCK = re.compile(r"'''.*?'{3,5}", re.DOTALL)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?")
_SCALAR = re.compile(r"[^\s,\]}#]+")


class Span(NamedTuple):
    """Character ranges of a key and of its value. A table's value is the header or the key that opens it."""

    key: Range
    value: Range


class Statement(NamedTuple):
    """A header, or a key with its value, and the comments that belong to it.

    `above` are the lines before it that hold a comment or nothing, and `begin` is where they do; `within` are the
    comments of its value, `beside` is the one behind it.
    """

    path: Path
    begin: int
    above: list[str]
    within: list[str]
    beside: str


def scan(text: str) -> dict[Path, Span]:
    """The spans of all keys, tables and array elements of valid TOML with `\\n` line ends."""
    return _Scanner(text).document()


def statements(text: str) -> tuple[list[Statement], list[str]]:
    """The statements of valid TOML in their order, and the lines behind the last one."""
    scanner = _Scanner(text)
    scanner.document()
    found = []
    at = 0
    for path, start, end in scanner.statements:
        above = text[at:start].split("\n")[:-1]
        line_end = end if (stop := text.find("\n", end)) < 0 else stop
        within = [text[first:last] for first, last in scanner.comments if start < first < end]
        found.append(Statement(path, at, above, within, text[end:line_end].strip()))
        at = line_end + 1
    return found, text[at:].splitlines()


def keys(text: str) -> list[tuple[Path, Range]]:
    """Every mention of a key in valid TOML: those of a table are as many as its headers, and those of what is in it."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.keys


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.spans: dict[Path, Span] = {}
        self.last_index: dict[Path, int] = {}
        self.statements: list[tuple[Path, int, int]] = []
        self.comments: list[Range] = []
        self.keys: list[tuple[Path, Range]] = []

    def document(self) -> dict[Path, Span]:
        table: Path = ()
        self._blank()
        while self.at < len(self.text):
            start = self.at
            if self.text[self.at] == "[":
                path = table = self._header()
            else:
                path = self._pair(table)
            self.statements.append((path, start, self.at))
            self._blank()
        return self.spans

    def _blank(self) -> None:
        start = self.at
        self._skip(_BLANK)
        if self.at > start:  # between two tokens, what begins with `#` is a comment
            self.comments += [found.span() for found in _COMMENT.finditer(self.text, start, self.at)]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()

    def _token(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"the text at offset {self.at} is not valid TOML")
        self.at = match.end()
        return match.group()

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the table that it opens. The last header of a table wins over an implicit mention."""
        start = self.at
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        parts = self._key()
        self.at += brackets
        header = (start, self.at)
        path: Path = ()
        for name, place in parts[:-1]:
            path += (name,)
            self.keys.append((path, place))
            self.spans.setdefault(path, Span(place, header))
            if path in self.last_index:
                path += (self.last_index[path],)
        name, place = parts[-1]
        path += (name,)
        self.keys.append((path, place))
        if brackets == 1:
            self.spans[path] = Span(place, header)
            return path
        self.spans.setdefault(path, Span(place, header))
        self.last_index[path] = self.last_index.get(path, -1) + 1
        path += (self.last_index[path],)
        self.spans[path] = Span(place, header)
        return path

    def _key(self) -> list[tuple[str, Range]]:
        """A dotted key: its parts, unquoted, each with its range."""
        parts = []
        while True:
            self._skip(_SPACE)
            start = self.at
            parts.append((self._key_part(), (start, self.at)))
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _key_part(self) -> str:
        quote = self.text[self.at]
        if quote == "'":
            return self._token(_LITERAL)[1:-1]
        if quote == '"':
            return str(tomllib.loads(f"key = {self._token(_BASIC)}")["key"])
        return self._token(_BARE_KEY)

    def _pair(self, base: Path) -> Path:
        parts = self._key()
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        path = base
        for name, place in parts[:-1]:
            path += (name,)
            self.keys.append((path, place))
            self.spans.setdefault(path, Span(place, place))
        name, place = parts[-1]
        self.keys.append(((*path, name), place))
        self._value((*path, name), place)
        return (*path, name)

    def _value(self, path: Path, key: Range | None) -> None:
        start = self.at
        opening = self.text[self.at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._token(self._scalar(opening))
        value = (start, self.at)
        self.spans[path] = Span(key or value, value)

    def _scalar(self, opening: str) -> re.Pattern[str]:
        if opening == '"':
            return _BASIC_BLOCK if self.text.startswith('"""', self.at) else _BASIC
        if opening == "'":
            return _LITERAL_BLOCK if self.text.startswith("'''", self.at) else _LITERAL
        return _DATE_TIME if _DATE_TIME.match(self.text, self.at) else _SCALAR

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self._blank()
        while self.text[self.at] != "]":
            self._value((*path, index), None)
            index += 1
            self._separator()
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        self._blank()
        while self.text[self.at] != "}":
            self._pair(path)
            self._separator()
        self.at += 1

    def _separator(self) -> None:
        self._blank()
        if self.text[self.at] == ",":
            self.at += 1
            self._blank()
