"""What a component imports and exports by name, and which of these names mean the same."""

import re
from collections.abc import Iterable

from msgspec import Struct

from atoll.manifest.dependencies import Name, release_line

_INTERFACE = re.compile(r"(?P<package>[^/@]+:[^/@]+)/(?P<interface>[^/@]+)(?:@(?P<version>.+))?")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[^+]+)?")


class Import(Struct, frozen=True):
    """Something that a component imports. The room is the capability that answers it; WASI's own have none."""

    name: str
    room: str | None


class Surface(Struct, frozen=True):
    """The borders of a component, in its order."""

    imports: list[Import]
    exports: list[str]

    def exported(self, name: str) -> str | None:
        """The export of this name, or one whose version is as good: WebAssembly's tools take either for the other."""
        if name in self.exports:
            return name
        wanted = _line(name)
        return next((one for one in self.exports if _line(one) == wanted), None)


def matches(dependency: Name, imported: str) -> bool:
    """Whether a dependency of this name is meant for that import; versions are those of the name (Spin's rule)."""
    found = _INTERFACE.fullmatch(imported)
    if dependency.package is None or found is None:
        return dependency.package is None and found is None and dependency.text == imported
    version = dependency.text.partition("@")[2] or None
    return (
        found["package"] == dependency.package
        and dependency.interface in (None, found["interface"])
        and version in (None, found["version"])
    )


def named(names: Iterable[str], *interfaces: str) -> str | None:
    """The first of these names that is one of those interfaces, in any version."""
    return next((name for name in names if base(name) in interfaces), None)


def base(name: str) -> str:
    """An interface's name without its version."""
    return name.partition("@")[0]


def compatible(one: str, other: str) -> bool:
    """Whether both are versions of one interface that can stand for each other."""
    return _line(one) == _line(other)


def _line(name: str) -> tuple[str | int, ...]:
    """What two names have in common that can stand for each other: the version up to its first number but zero."""
    interface, _, version = name.partition("@")
    found = _VERSION.match(version)
    if found is None or found[4]:
        return (interface, version)
    major, minor, patch = (int(number) for number in found.groups()[:3])
    return (interface, *release_line((major, minor, patch)))
