"""Versions, as WIT packages have them: semantic versioning 2.0, and which version can stand for which."""

import re
from dataclasses import dataclass

from atoll.errors import UserError
from atoll.manifest.versions import Version

_LONGEST = 256
# How a package is called: `wasi:http`, `acme:deep:nested`.
PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*(?::[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)+")


def parsed(text: str) -> Version:
    """The version. Raises UserError `wit-name-invalid`."""
    try:
        return Version.parse(text[: _LONGEST + 1])
    except ValueError:
        raise UserError(
            "wit-name-invalid", f"`{text[:_LONGEST]}` is no version", "write three numbers, such as `0.2.12`"
        ) from None


def after(version: Version, *, breaking: bool, added: bool) -> Version:
    """The lowest version that may follow one with such changes. A preview (`-rc.1`) may become anything."""
    if version.pre or not (breaking or added):
        return version
    if breaking and version.major:
        return Version(version.major + 1, 0, 0)
    if breaking:
        return Version(0, version.minor + 1, 0) if version.minor else Version(0, 0, version.patch + 1)
    if version.major:
        return Version(version.major, version.minor + 1, 0)
    return Version(0, version.minor, version.patch + 1)


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
        return cls(name, parsed(version) if at else None)

    def takes(self, version: Version | None) -> bool:
        """Whether a version will do. Previews are taken only where they are named."""
        if self.exact:
            return version == self.version
        if self.version is None or version is None:
            return self.version is None and (version is None or not version.pre)
        return version.track == self.version.track and version >= self.version

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}@{self.version}"
