"""Versions as each ecosystem orders them: semantic versions of crates, npm and Go, PEP 440 of Python."""

import re
from typing import Any

from packaging.version import InvalidVersion, Version

from atoll.manifest import versions as semver

SEMANTIC = frozenset({"crates.io", "npm", "Go"})
PYTHON = "PyPI"

_SEMVER = re.compile(
    r"[vV=]?(?P<numbers>\d{1,18}(?:\.\d{1,18}){0,2})(?:-(?P<before>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?"
)


def semantic(text: str) -> semver.Version:
    """A semantic version as lock files and advisories have it: `v1.2`; missing numbers are zero.

    Raises ValueError for what is none.
    """
    found = _SEMVER.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no semantic version")
    major, minor, patch = [*map(int, found["numbers"].split(".")), 0, 0][:3]
    return semver.Version(major, minor, patch, found["before"] or "")


def version(ecosystem: str, text: str) -> Any:
    """The version, to be compared with others of its ecosystem.

    Raises ValueError for what is none, and for ecosystems whose order is not known here.
    """
    if ecosystem in SEMANTIC:
        return semantic(text)
    if ecosystem == PYTHON:
        try:
            return Version(text)
        except InvalidVersion as error:
            raise ValueError(str(error)) from None
    raise ValueError(f"the versions of {ecosystem} have an order of their own")
