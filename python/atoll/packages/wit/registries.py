"""WIT packages of OCI registries, as wkg publishes them: packages as wasm, which hold what they need as well."""

import os
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from atoll.cache import cache_home
from atoll.errors import UserError
from atoll.host import wit
from atoll.manifest.versions import Requirement
from atoll.packages.wit.sources import Found, found
from atoll.packages.wit.versions import Wanted
from atoll.registry.packages import Packages
from atoll.registry.store import Store
from atoll.registry.trust.policy import Policy

KIND = "registry"
# Others may have it.
_UNKNOWN = {"registry-unknown", "artifact-missing"}


@dataclass
class Registry:
    """The registry of that name, or else those that are configured for each namespace."""

    registry: str | None = None
    _fetched: list[Path] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As `Source` says."""
        return f"{KIND}:{self.registry}" if self.registry else KIND

    def find(self, wanted: Wanted) -> Found | None:
        """As `Source` says. Raises UserError `registry-*`, `policy-denied`, `wit-invalid`."""
        for place in self._fetched:
            if (package := self._inside(place, wanted)) is not None:
                return package
        try:
            release = self._packages.find(wanted.name, _requirement(wanted), self.registry)
        except UserError as error:
            if error.code in _UNKNOWN:
                return None
            raise
        place = self._folder / f"{len(self._fetched)}.wasm"
        os.symlink(self._packages.fetch(release), place)
        package = self._checked(place, wanted)
        if package is None:
            raise UserError("wit-invalid", f"{release} is not the WIT of `{wanted}`", "ask whoever published it")
        self._fetched.append(place)
        return package

    def _checked(self, place: Path, wanted: Wanted) -> Found | None:
        try:
            return self._inside(place, wanted)
        except UserError:
            return None  # its words are about a file that nobody knows

    def _inside(self, place: Path, wanted: Wanted) -> Found | None:
        for one in wit.needs(place).packages:
            text = f"{one.name}@{one.version}" if one.version else one.name
            if one.name == wanted.name and (wanted.version is None or wanted.takes(Wanted.parse(text).version)):
                return found(place, self.name, one)
        return None

    @cached_property
    def _packages(self) -> Packages:
        # A name that was misspelt is nothing to ask the network for.
        return Packages(Store(cache_home()), Policy.find(), well_known=False)

    @cached_property
    def _folder(self) -> Path:
        """Where wasm files have the names of wasm files. It is gone when this is."""
        self._kept = tempfile.TemporaryDirectory(prefix="atoll-wit-")
        return Path(self._kept.name)


def _requirement(wanted: Wanted) -> Requirement:
    if wanted.version is None:
        return Requirement.parse("*")
    return Requirement.parse(f"{'=' if wanted.exact else '^'}{wanted.version}")
