"""What a guest's own words tell: the places that tracebacks and panics name, and the error itself.

The words may be an attacker's, who sent them in a request: they are only searched for, in time that grows with their
length.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from atoll.observe.fault.folder import LANGUAGES
from atoll.observe.fault.told import Place

_PYTHON = re.compile(r'File "([^"]{1,1024})", line (\d{1,9})(?:, in (\w+)$)?')
# `at handle (app.js:3:9)`, `handle@app.js:3:9`, `src/lib.rs:10:5:`, `main.go:12 +0x1d`, `(http.c: handle: 7)`.
_OTHER = re.compile(
    rf"(?:(?<=[\s(\[@\"'`=])|^)([^\s()\[\]@\"'`=]{{1,1024}}\.(?:{LANGUAGES}))"
    r"(?::|: \w{1,256}: )(\d{1,9})(?::(\d{1,9}))?(?!\w)"
)
_OF_JAVASCRIPT = re.compile(r"^\s*(?:at (?:async |new )?(?:[\w$]+\.)*(\w+) \(|(\w+)(?:/<)*@)")
_TRACEBACK = "Traceback (most recent call last):"
_PANICKED = re.compile(r"panicked at .*:\d+:$")
_SAID = re.compile(
    r"^(?:Error while running request handler: (.+)"
    r"|((?:Assertion failed|fatal error|panic|thread \d+ panic|Uncaught\b).+))"
)


class Mention(NamedTuple):
    """A place that a line names. In a traceback of Python the call that failed stands last, elsewhere first."""

    place: Place
    is_python: bool


def mentions(line: str) -> list[Mention]:
    """The places that a line names."""
    if "File " in line and (python := _PYTHON.findall(line)):
        return [Mention(Place(file, int(number), None, function or None), True) for file, number, function in python]
    named = _OF_JAVASCRIPT.match(line)
    function = named[1] or named[2] if named else None
    found = _OTHER.findall(line)
    return [Mention(Place(file, int(at), int(column or 0) or None, function), False) for file, at, column in found]


def error(lines: Sequence[str]) -> str | None:
    """What the guest says went wrong, in its own words; None if nothing in them looks like that."""
    return _of_traceback(lines) or _of_others(lines)


def _of_traceback(lines: Sequence[str]) -> str | None:
    """The line below the last traceback."""
    starts = [at for at, line in enumerate(lines) if line.strip() == _TRACEBACK]
    if not starts:
        return None
    return next((line for line in lines[starts[-1] + 1 :] if line and not line.startswith(" ")), None)


def _of_others(lines: Sequence[str]) -> str | None:
    below = ""
    for line in reversed(lines):
        if below and _PANICKED.search(line):
            return f"panicked: {below}"
        if said := _SAID.match(line):
            return said[1] or said[2]
        below = line
    return None
