"""What was expected, held against what came: sentences about the differences, none where it fits."""

import difflib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from atoll.testing.cases.model import Expected, Pattern
from atoll.testing.cases.values import of_base64, of_file, of_json

_MOST = 20
"""Differences that are told of one value."""

_LONGEST = 400
"""Characters of a value that are told."""

_DIFF = 60
"""Lines of a difference between texts."""


def told(value: Any) -> str:
    """A value as JSON has it, text that came as bytes as Python has it; shortened where it is long."""
    is_bytes = isinstance(value, bytes)
    shown = repr(_text(value)) if is_bytes else json.dumps(value, ensure_ascii=False, default=repr)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}… ({len(shown)} characters)"


def fits(glob: str, text: str) -> bool:
    """Whether the text is like the glob, in which `*` stands for any characters."""
    return re.fullmatch(".*".join(map(re.escape, glob.split("*"))), text, re.DOTALL) is not None


def texts(expected: Expected, got: bytes, folder: Path) -> list[str]:
    """How bytes differ from what they are expected to be."""
    if isinstance(expected, str):
        return _same(expected.encode(), got)
    return [sentence for found in _pattern(expected, got, folder) for sentence in found]


def _pattern(pattern: Pattern, got: bytes, folder: Path) -> Iterator[list[str]]:
    text = got.decode("utf-8", "replace")
    if pattern.matches is not None and not re.search(pattern.matches, text):
        yield [f"expected a match of {pattern.matches}", f"got {told(got)}"]
    for part in _listed(pattern.contains):
        if part not in text:
            yield [f"expected {told(part)} in it", f"got {told(got)}"]
    for part in _listed(pattern.lacks):
        if part in text:
            yield [f"expected no {told(part)} in it", f"got {told(got)}"]
    if pattern.file is not None:
        yield _same(of_file(folder, pattern.file), got)
    if pattern.base64 is not None:
        yield _same(of_base64(pattern.base64), got)
    if pattern.json is not None:
        yield json_text(pattern.json, got)
    if pattern.json_part is not None:
        yield json_text(pattern.json_part, got, part=True)


def json_text(expected: Any, got: bytes, *, part: bool = False) -> list[str]:
    """How the JSON that these bytes are differs from what is expected; a part may have more keys around."""
    try:
        value = json.loads(got)
    except ValueError:
        return ["expected JSON", f"got {told(got)}"]
    return values(of_json(expected), value, part=part)


def values(expected: Any, got: Any, *, part: bool = False) -> list[str]:
    """How values differ: a sentence for each place."""
    found = [*_differences(expected, got, "", part)]
    left_out = [f"and {len(found) - _MOST} more differences"] if len(found) > _MOST else []
    return found[:_MOST] + left_out


def holds(keys: dict[str, bool | Expected], held: dict[str, bytes], folder: Path) -> Iterator[tuple[str, list[str]]]:
    """How contents differ from all that is expected of them, by the key that is expected; "" for what is not."""
    globs = [key for key in keys if "*" in key]
    for key, expected in keys.items():
        if key in globs:
            found = {name: value for name, value in held.items() if name not in keys and fits(key, name)}
        else:
            found = {name: value for name, value in held.items() if name == key}
        if expected is False:
            yield from ((key, [f"expected it not to be there, got {told(value)}"]) for value in found.values())
        elif not found and key != "*":
            yield key, [f"expected it to be there; there are {', '.join(map(told, sorted(held))) or 'none'}"]
        elif not isinstance(expected, bool):
            for name, value in found.items():
                if wrong := texts(expected, value, folder):
                    yield key, [f"{name}: {wrong[0]}" if name != key else wrong[0], *wrong[1:]]
    for name in sorted(held):
        if name not in keys and not any(fits(key, name) for key in globs):
            yield "", [f"expected no {told(name)}, got {told(held[name])}"]


def _differences(expected: Any, got: Any, place: str, part: bool) -> Iterator[str]:
    if isinstance(expected, dict) and [*expected] == ["matches"] and isinstance(expected["matches"], str):
        if not isinstance(got, str) or not _found(expected["matches"], got):
            yield f"{_at(place)}expected a match of {expected['matches']}, got {told(got)}"
    elif isinstance(expected, dict) and isinstance(got, dict):
        for key in expected:
            if key not in got:
                yield f"{_at(place)}expected the key {told(key)}; there are {', '.join(map(told, got)) or 'none'}"
            else:
                yield from _differences(expected[key], got[key], f"{place}.{key}" if place else key, part)
        if not part:
            yield from (f"{_at(place)}expected no key {told(key)}: {told(got[key])}" for key in got.keys() - expected)
    elif isinstance(expected, list) and isinstance(got, list):
        for index, (one, other) in enumerate(zip(expected, got, strict=False)):
            yield from _differences(one, other, f"{place}[{index}]", part)
        if len(expected) != len(got):
            yield f"{_at(place)}expected {len(expected)} elements, got {len(got)}: {told(got)}"
    elif not _equal(expected, got):
        yield f"{_at(place)}expected {told(expected)}, got {told(got)}"


def _found(pattern: str, text: str) -> bool:
    """What is no regular expression is found in nothing."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def _equal(expected: Any, got: Any) -> bool:
    """JSON's own types: true is no number."""
    if isinstance(got, bytes):
        return got == (expected.encode() if isinstance(expected, str) else expected)
    return isinstance(expected, bool) == isinstance(got, bool) and bool(expected == got)


def _at(place: str) -> str:
    return f"at {place}: " if place else ""


def _same(expected: bytes, got: bytes) -> list[str]:
    if expected == got:
        return []
    old, new = _text(expected), _text(got)
    if isinstance(old, str) and isinstance(new, str) and max(old.count("\n"), new.count("\n")) > 1:
        return ["expected (-) and got (+) differ:", *_diff(old, new)]
    return [f"expected {told(expected)}", f"got      {told(got)}"]


def _diff(old: str, new: str) -> list[str]:
    lines = [*difflib.unified_diff(old.splitlines(), new.splitlines(), n=2, lineterm="")][2:]
    if old.splitlines() == new.splitlines():
        lines = ["they differ in their line ends alone"]
    left_out = [f"and {len(lines) - _DIFF} more lines"] if len(lines) > _DIFF else []
    return lines[:_DIFF] + left_out


def _text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _listed(written: str | list[str] | None) -> list[str]:
    return [written] if isinstance(written, str) else written or []
