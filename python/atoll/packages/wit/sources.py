"""Where WIT packages come from: those that atoll brings, a path of one's own, and whatever else has a `find`."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from atoll import toolchain
from atoll.errors import UserError
from atoll.host import wit
from atoll.manifest.versions import Version
from atoll.packages.wit.versions import Wanted, parsed

LARGEST = 16 << 20
"""Bytes of a package: WASI's largest has 50 KB."""


@dataclass(frozen=True, slots=True)
class Found:
    """A package: the files that are to lie in its folder of `deps`, by their names, and what it needs.

    `source` says in the lock file where it can be found again.
    """

    name: str
    version: Version | None
    files: Mapping[str, bytes]
    needs: Sequence[Wanted]
    source: str

    @property
    def key(self) -> tuple[str, Version | None]:
        """What tells it from all others."""
        return self.name, self.version

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}@{self.version}"


class Source(Protocol):
    """Somewhere that has packages, such as a registry."""

    @property
    def name(self) -> str:
        """How the lock file calls it."""

    def find(self, wanted: Wanted) -> Found | None:
        """The newest version that is wanted; None where there is none. Raises UserError where it cannot be asked."""


@dataclass(frozen=True)
class Standard:
    """WASI's, Spin's and wasmCloud's interfaces as they were published. atoll brings them: no network is asked."""

    name: str = "atoll"

    @cached_property
    def packages(self) -> dict[tuple[str, Version | None], tuple[Path, list[Wanted]]]:
        """All that are there with whatever they need: worlds of platforms name packages that nobody publishes."""
        told = {_key(one.packages[0]): (place, _wanted(one.needs)) for place, one in self._read()}
        while lacking := [key for key, (_, needs) in told.items() if any(_key_of(one) not in told for one in needs)]:
            for key in lacking:
                del told[key]
        return told

    def find(self, wanted: Wanted) -> Found | None:
        """As `Source` says."""
        fits = [key for key in self.packages if key[0] == wanted.name and wanted.takes(key[1])]
        if not fits:
            return None
        newest = max(fits, key=lambda key: key[1] or Version(0, 0, 0))
        return found(self.packages[newest][0], self.name)

    def _read(self) -> Iterator[tuple[Path, wit.Needs]]:
        for folder in sorted(one for one in toolchain.wit().iterdir() if one.is_dir()):
            # The worlds beside packages of others are ours, and of no use without them.
            places = [*([folder] if (folder / "world.wit").exists() else []), *sorted((folder / "deps").glob("*"))]
            yield from ((place, wit.needs(place)) for place in places)


@dataclass(frozen=True)
class At:
    """A path: a folder with a package and the `deps` that it needs, a .wit file, or a package as wasm.

    The lock file names it from `base`, the folder that it lies in.
    """

    path: Path
    base: Path

    @property
    def name(self) -> str:
        """As `Source` says."""
        return f"path:{os.path.relpath(self.path, self.base)}"

    def find(self, wanted: Wanted) -> Found | None:
        """As `Source` says. Raises UserError where the path holds no WIT."""
        for place in [self.path, *sorted((self.path / "deps").glob("*"))]:
            if place != self.path and not place.is_dir() and place.suffix not in (".wit", ".wasm"):
                continue
            for one in wit.needs(place).packages:
                name, version = _key(one)
                if name == wanted.name and (wanted.version is None or wanted.takes(version)):
                    return found(place, self.name, one)
        return None


def found(place: Path, source: str, wanted: wit.Name | None = None) -> Found:
    """The package at a path; of several that of this name. Raises UserError for what is none, and `wit-too-large`."""
    files = sorted(place.glob("*.wit")) if place.is_dir() else [place]
    size = sum(file.stat().st_size for file in files if file.exists())
    if size > LARGEST:
        raise UserError(
            "wit-too-large",
            f"`{place}` has {size:,} bytes of WIT, more than {LARGEST:,}",
            "name the folder or file of the package itself",
        )
    told = wit.needs(place)
    if place.suffix == ".wasm":
        return _unpacked(place, source, wanted or told.packages[0], told.packages)
    name, version = _key(told.packages[0])
    return Found(name, version, {file.name: file.read_bytes() for file in files}, _wanted(told.needs), source)


def _unpacked(place: Path, source: str, wanted: wit.Name, packages: Sequence[wit.Name]) -> Found:
    """One package of a wasm file, as text: below `deps` folders are looked into for nothing else."""
    text = wit.texts(place)[str(wanted)].encode()
    with tempfile.TemporaryDirectory(prefix="atoll-") as folder:
        file = Path(folder, "package.wit")
        file.write_bytes(text)
        needs = [one for one in wit.needs(file).needs if one in packages]
    return Found(*_key(wanted), {"package.wit": text}, _wanted(needs), source)


def _key(package: wit.Name) -> tuple[str, Version | None]:
    return package.name, parsed(package.version) if package.version else None


def _key_of(wanted: Wanted) -> tuple[str, Version | None]:
    return wanted.name, wanted.version


def _wanted(needs: Sequence[wit.Name]) -> list[Wanted]:
    return [Wanted(*_key(one), exact=True) for one in needs]
