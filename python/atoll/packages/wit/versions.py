"""Versions, as WIT packages have them: semantic versioning 2.0, and which version can stand for which."""

import re
from dataclasses import dataclass
from functools import total_ordering

from atoll.errors import UserError

_NUMBER = r"(0|[1-9]\d*)"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?")
_LONGEST = 256
# How a package is called: `wasi:http`, `acme:deep:nested`.
PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*(?::[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)+")


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """One version; of two that differ in their build alone, none is newer."""

    major: int
    minor: int
    patch: int
    pre: str = ""
    build: str = ""

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Raises UserError `wit-name-invalid`."""
        found = _VERSION.fullmatch(text) if len(text) <= _LONGEST else None
        if found is None:
            raise UserError(
                "wit-name-invalid", f"`{text[:_LONGEST]}` is no version", "write three numbers, such as `0.2.12`"
            )
        return cls(int(found[1]), int(found[2]), int(found[3]), found[4] or "", found[5] or "")

    @property
    def track(self) -> str:
        """What all versions share that can stand for each other: `1`, `0.2`, or the whole where nothing is promised."""
        if self.pre:
            return f"{self.major}.{self.minor}.{self.patch}-{self.pre}"
        if self.major:
            return str(self.major)
        return f"0.{self.minor}" if self.minor else f"0.0.{self.patch}"

    def after(self, *, breaking: bool, added: bool) -> "Version":
        """The lowest version that may follow with such changes. A preview (`-rc.1`) may become anything."""
        if self.pre or not (breaking or added):
            return self
        if breaking and self.major:
            return Version(self.major + 1, 0, 0)
        if breaking:
            return Version(0, self.minor + 1, 0) if self.minor else Version(0, 0, self.patch + 1)
        if self.major:
            return Version(self.major, self.minor + 1, 0)
        return Version(0, self.minor, self.patch + 1)

    def _key(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        parts = self.pre.split(".") if self.pre else []
        # Numbers come before words, and a version before which there is a preview after it.
        known = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)
        return self.major, self.minor, self.patch, not self.pre, known

    def __lt__(self, other: "Version") -> bool:
        return self._key() < other._key()

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        return text + (f"-{self.pre}" if self.pre else "") + (f"+{self.build}" if self.build else "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package, and the version that is wanted.

    Any version will do that can stand for it and is no older; without one, any at all. What a WIT names itself must be
    there in exactly that version.
    """

    name: str
    version: Version | None
    exact: bool = False

    @classmethod
    def parse(cls, text: str) -> "Wanted":
        """Of `wasi:http@0.2.0` or `wasi:http`. Raises UserError `wit-name-invalid`."""
        name, at, version = text.partition("@")
        if not PACKAGE.fullmatch(name) or len(name) > _LONGEST:
            raise UserError(
                "wit-name-invalid",
                f"`{name[:_LONGEST]}` is no name of a package",
                "write it with its namespace, such as `wasi:http@0.2.12`",
            )
        return cls(name, Version.parse(version) if at else None)

    def takes(self, version: Version | None) -> bool:
        """Whether a version will do. Previews are taken only where they are named."""
        if self.exact:
            return version == self.version
        if self.version is None or version is None:
            return self.version is None and (version is None or not version.pre)
        return version.track == self.version.track and version >= self.version

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}@{self.version}"
