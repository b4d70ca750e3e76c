"""Glob patterns as manifests use them: `*`, `?`, `[a-z]`, `[!a]` and `**` for any number of folders.

`*` matches dot files too. When files are looked for, `*` stays within one folder; in `exclude_files` it crosses them.
"""

import os
import re
from collections.abc import Iterator
from enum import Enum
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

_MAGIC = re.compile(r"[*?\[]")


class _Kind(Enum):
    ONE = "one character of a set"
    STAR = "any characters"
    FOLDERS = "any number of whole folders"
    ALL = "everything that is left"


class _Token(NamedTuple):
    kind: _Kind
    ranges: tuple[tuple[str, str], ...] = ()
    negated: bool = False


class Pattern:
    """A glob taken apart. Matching takes time in proportion to pattern and path, whatever a stranger writes.

    `crosses_folders` lets `*`, `?` and classes match `/` too. Raises ValueError for a malformed pattern.
    """

    def __init__(self, text: str, *, crosses_folders: bool = False) -> None:
        self.tokens = _tokens(text)
        self.crosses_folders = crosses_folders

    def matches(self, path: str) -> bool:
        """Whether the whole path matches. Keeps the set of all places in the pattern that the path can have reached."""
        states = self._entered(0)
        for char in path:
            states = {after for state in states for after in self._after(state, char)}
        return len(self.tokens) in states

    def _entered(self, state: int) -> set[int]:
        """The places that are reached together with this one: what follows a token that may match nothing."""
        reached = {state}
        while state < len(self.tokens) and self.tokens[state].kind is not _Kind.ONE:
            state += 1
            reached.add(state)
        return reached

    def _after(self, state: int, char: str) -> set[int]:
        if state == len(self.tokens):
            return set()
        token = self.tokens[state]
        if token.kind is _Kind.ALL:
            return {state, state + 1}
        if token.kind is _Kind.FOLDERS:
            return {state} | (self._entered(state + 1) if char == "/" else set())
        if char == "/" and not self.crosses_folders and token.ranges != (("/", "/"),):
            return set()
        if token.kind is _Kind.STAR:
            return self._entered(state)
        inside = any(low <= char <= high for low, high in token.ranges)
        return self._entered(state + 1) if inside != token.negated else set()


def is_pattern(text: str) -> bool:
    """Whether the text has anything that a glob treats specially."""
    return _MAGIC.search(text) is not None


def folder(pattern: str) -> str:
    """The folder below which all that matches lies, as far as the pattern names it; may be empty."""
    *folders, _ = pattern.split("/")
    return "/".join(takewhile(lambda part: not is_pattern(part), folders))


def find(root: Path, pattern: str) -> Iterator[str]:
    """The files below `root` that match, as `/`-separated paths relative to it, sorted folder by folder.

    Raises ValueError for a malformed pattern.
    """
    parts = pattern.split("/")
    depth = None if "**" in parts else len(parts)
    wanted = Pattern(pattern)
    return (path for path in tree(root, folder(pattern), depth) if wanted.matches(path))


def tree(root: Path, start: str = "", depth: int | None = None) -> Iterator[str]:
    """All regular files below `root/start`, relative to `root`, down to `depth` parts. Loops of links are left out."""
    return _walk(root / start, start, depth, frozenset())


def _walk(folder: Path, prefix: str, depth: int | None, above: frozenset[str]) -> Iterator[str]:
    real = os.path.realpath(folder)
    if real in above or (depth is not None and prefix.count("/") + bool(prefix) >= depth):
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        path = f"{prefix}/{entry.name}" if prefix else entry.name
        if entry.is_dir():
            yield from _walk(folder / entry.name, path, depth, above | {real})
        elif entry.is_file():
            yield path


def _tokens(pattern: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            token, at = _folders(pattern, at)
        elif pattern[at] == "[":
            token, at = _class(pattern, at)
        elif pattern[at] == "*":
            token, at = _Token(_Kind.STAR), at + 1
        elif pattern[at] == "?":
            token, at = _Token(_Kind.ONE, negated=True), at + 1
        else:
            token, at = _Token(_Kind.ONE, ((pattern[at], pattern[at]),)), at + 1
        if token.kind is _Kind.ONE or not tokens or tokens[-1] != token:  # twice the same wildcard says nothing more
            tokens.append(token)
    return tokens


def _folders(pattern: str, at: int) -> tuple[_Token, int]:
    """`**`, which must be a part of its own: any number of folders, or at the end everything below."""
    end = at + 2
    starts = at == 0 or pattern[at - 1] == "/"
    if not starts or (end < len(pattern) and pattern[end] != "/"):
        raise ValueError(f"`**` in `{pattern}` must stand alone between slashes")
    return (_Token(_Kind.ALL), end) if end == len(pattern) else (_Token(_Kind.FOLDERS), end + 1)


def _class(pattern: str, at: int) -> tuple[_Token, int]:
    """`[abc]`, `[a-z]`, `[!a]`; a `]` in the first place stands for itself."""
    negated = pattern.startswith("[!", at)
    start = at + 1 + negated
    end = pattern.find("]", start + 1)
    if end < 0:
        raise ValueError(f"`{pattern}` has a `[` without a `]`")
    ranges = []
    while start < end:
        is_range = start + 2 < end and pattern[start + 1] == "-"
        ranges.append((pattern[start], pattern[start + 2 if is_range else start]))
        start += 3 if is_range else 1
    return _Token(_Kind.ONE, tuple(ranges), negated), end + 1
