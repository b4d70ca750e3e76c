"""Versions as each ecosystem orders them: semantic versions of crates, npm and Go, PEP 440 of Python."""

import re
from functools import total_ordering
from typing import Any

from packaging.version import InvalidVersion, Version

SEMANTIC = frozenset({"crates.io", "npm", "Go"})
PYTHON = "PyPI"

_SEMVER = re.compile(
    r"[vV=]?(?P<numbers>\d{1,18}(?:\.\d{1,18}){0,2})(?:-(?P<before>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?"
)


@total_ordering
class Semantic:
    """A semantic version (2.0.0); missing numbers are zero, what follows `+` says nothing."""

    def __init__(self, text: str) -> None:
        """Raises ValueError for what is none."""
        found = _SEMVER.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no semantic version")
        numbers = [int(part) for part in found["numbers"].split(".")]
        self._numbers = (*numbers, *[0] * (3 - len(numbers)))
        self._before = found["before"]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Semantic) and self._key() == other._key()

    def __lt__(self, other: "Semantic") -> bool:
        return self._key() < other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        """A version without a pre-release comes after those with one; numbers come before words."""
        if self._before is None:
            return (self._numbers, 1, ())
        parts = [
            (0, int(one), "") if one.isdigit() and len(one) < 20 else (1, 0, one) for one in self._before.split(".")
        ]
        return (self._numbers, 0, tuple(parts))


def version(ecosystem: str, text: str) -> Any:
    """The version, to be compared with others of its ecosystem.

    Raises ValueError for what is none, and for ecosystems whose order is not known here.
    """
    if ecosystem in SEMANTIC:
        return Semantic(text)
    if ecosystem == PYTHON:
        try:
            return Version(text)
        except InvalidVersion as error:
            raise ValueError(str(error)) from None
    raise ValueError(f"the versions of {ecosystem} have an order of their own")
