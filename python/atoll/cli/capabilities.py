"""What there is to be granted: interfaces as the data plane links them, providers as the registry finds them.

Nothing is listed here by name, so that a new room or provider needs no word in this place.
"""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from msgspec import Struct

from atoll import __version__
from atoll.capabilities import registry
from atoll.errors import visible
from atoll.host import interfaces
from atoll.runtime.backends import own

WASI = "wasi"
_EXTRA = re.compile(r"pip install 'atoll\[([\w-]+)\]'")
_WIDTH = 14

Tier = Literal["native", "python", "third-party"]


class Provider(Struct, frozen=True, kw_only=True):
    """Who can answer for a capability: the `type` that names it, the package that it comes from."""

    type: str
    tier: Tier
    package: str
    extra: str | None = None
    missing: str | None = None
    """Why it cannot be used here; None if it can."""

    def line(self) -> str:
        """For people."""
        needs = f", atoll[{self.extra}]" if self.extra else ""
        state = "" if self.missing is None else f", not installed ({self.missing})"
        return visible(f"{self.type:<16} {self.tier:<12} {self.package}{needs}{state}")


class Capability(Struct, frozen=True, kw_only=True):
    """One room. `interfaces` are those that a component may import, with their versions."""

    name: str
    interfaces: list[str]
    providers: list[Provider]

    def lines(self) -> Iterator[str]:
        """For people."""
        yield self.name
        yield from _block("interfaces", list(_together(self.interfaces)))
        yield from _block("providers", [provider.line() for provider in self.providers])


def capabilities() -> list[Capability]:
    """WASI first, then the rooms by name. Imports every provider, which takes a second or two."""
    linked = interfaces()
    wasi = Capability(name=WASI, interfaces=linked.pop("", []), providers=[])
    rooms = sorted({*linked, *registry.rooms()})
    return [wasi] + [
        Capability(name=room.replace("_", "-"), interfaces=linked.get(room, []), providers=_providers(room))
        for room in rooms
    ]


def _providers(room: str) -> list[Provider]:
    ours = f"atoll {__version__}"
    native = [Provider(type=kind, tier="native", package=ours) for kind in own(room)]
    if room not in registry.rooms():
        return native
    shipped = [
        Provider(type=kind, tier="python", package=ours, extra=_extra(reference), missing=_missing(reference))
        for kind, reference in registry.shipped(room).items()
    ]
    others = [
        Provider(
            type=entry.name,
            tier="third-party",
            package=f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module,
            missing=_missing(entry.value),
        )
        for entry in registry.third_party(room)
    ]
    return native + shipped + others


def _extra(reference: str) -> str | None:
    """The extra that a provider names where it lacks its client's library."""
    spec = find_spec(reference.partition(":")[0])
    if spec is None or spec.origin is None:
        return None
    named = _EXTRA.search(Path(spec.origin).read_text("utf-8"))
    return named[1] if named else None


def _missing(reference: str) -> str | None:
    try:
        registry.find(reference)
    except Exception as error:  # whatever a stranger's module raises when it is imported
        return str(error) or type(error).__name__
    return None


def _together(names: list[str]) -> Iterator[str]:
    """One line an interface, with all of its versions."""
    versions: dict[str, list[str]] = {}
    for name in names:
        interface, _, version = name.partition("@")
        versions.setdefault(interface, []).append(version or "without a version")
    return (f"{interface:<40} {', '.join(known)}" for interface, known in versions.items())


def _block(title: str, lines: list[str]) -> Iterator[str]:
    heads = [f"  {title}"] + [""] * len(lines)
    return (f"{head:<{_WIDTH}}{line}" for head, line in zip(heads, lines or ["none"], strict=False))
