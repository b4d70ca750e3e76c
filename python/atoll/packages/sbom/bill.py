"""A bill of materials, whatever it is written as."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec
from msgspec import Struct, field
from packageurl import PackageURL

from atoll.errors import UserError

KINDS = ("application", "component", "library", "framework")

_REFERENCE = re.compile(r"[^A-Za-z0-9.-]+")


class Material(Struct, frozen=True, kw_only=True):
    """One thing that an app is made of.

    `kind` is application (the app), component (a wasm file), library or framework (what built it into itself). `hashes`
    are hexadecimal digests by algorithm, `facts` are sentences by name.
    """

    ref: str
    kind: str
    name: str
    version: str = ""
    purl: str = ""
    hashes: dict[str, str] = field(default_factory=dict)
    facts: tuple[tuple[str, str], ...] = ()
    description: str = ""


class Bill(Struct, kw_only=True):
    """All materials of an app, the app first, and which is made of which, by reference."""

    materials: dict[str, Material] = field(default_factory=dict)
    made_of: dict[str, set[str]] = field(default_factory=dict)

    @property
    def root(self) -> Material:
        """The app."""
        return next(iter(self.materials.values()))

    def add(self, material: Material, within: str | None = None) -> str:
        """Add a material, and what it is a part of; its reference. What is there already stays as it is."""
        self.materials.setdefault(material.ref, material)
        self.made_of.setdefault(material.ref, set())
        if within is not None and within != material.ref:
            self.made_of[within].add(material.ref)
        return material.ref

    def sorted(self) -> list[Material]:
        """All but the app, in an order that depends on nothing but them."""
        return sorted(list(self.materials.values())[1:], key=lambda one: (KINDS.index(one.kind), one.ref))

    def users(self, ref: str) -> list[str]:
        """The names of the components that are made of this, by themselves or through others."""
        above: dict[str, set[str]] = {}
        for owner, parts in self.made_of.items():
            for part in parts:
                above.setdefault(part, set()).add(owner)
        left, seen = [ref], {ref}
        while left:
            for owner in above.get(left.pop(), ()):
                if owner not in seen:
                    seen.add(owner)
                    left.append(owner)
        return sorted(one.name for one in map(self.materials.__getitem__, seen) if one.kind == "component")

    def digest(self) -> str:
        """Of everything that is in it."""
        parts = {ref: sorted(parts) for ref, parts in self.made_of.items()}
        return hashlib.sha256(msgspec.json.encode([self.root, self.sorted(), sorted(parts.items())])).hexdigest()


def package(kind: str, name: str, version: str) -> PackageURL:
    """The package URL of a language's package; a name may have a namespace before its last slash."""
    namespace, slash, last = name.rpartition("/")
    return PackageURL(kind, namespace if slash else None, last, version or None)


def library(kind: str, name: str, version: str, hashes: Iterable[tuple[str, str]] = ()) -> Material:
    """A package of a language."""
    purl = package(kind, name, version).to_string()
    return Material(ref=purl, kind="library", name=name, version=version, purl=purl, hashes=dict(hashes))


def written_at() -> datetime:
    """When a bill is said to be written: `SOURCE_DATE_EPOCH`, or the beginning of time, so that bytes stay the same.

    Raises UserError `argument-invalid` for what is no number of seconds.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "0")
    try:
        return datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):
        hint = "give seconds since 1970, or leave it out"
        raise UserError("argument-invalid", f"SOURCE_DATE_EPOCH is no time: {given[:40]}", hint) from None


def plain_references(materials: Iterable[Material]) -> dict[str, str]:
    """For each reference one of letters, digits, dots and hyphens, which no two share."""
    found: dict[str, str] = {}
    for one in materials:
        name = _REFERENCE.sub("-", f"{one.name}-{one.version}").strip("-")[:100]
        found[one.ref] = f"{name}-{hashlib.sha256(one.ref.encode()).hexdigest()[:12]}"
    return found


def edges(bill: Bill) -> Iterator[tuple[str, list[str]]]:
    """What each is made of, in an order that depends on nothing but them."""
    for one in [bill.root, *bill.sorted()]:
        yield one.ref, sorted(bill.made_of[one.ref])
