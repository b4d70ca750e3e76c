"""Cargo.lock, of all versions."""

import tomllib

from atoll.packages.sbom.bill import library
from atoll.packages.sbom.locks import Packages


def read(text: str) -> Packages:
    """All crates that are not the project's own. Raises ValueError."""
    crates = [one for one in tomllib.loads(text).get("package", []) if isinstance(one, dict)]
    found = Packages()
    refs: dict[tuple[str, str], str] = {}
    for one in crates:
        if "source" not in one:  # the project itself, or a crate of its workspace
            continue
        hashes = [("SHA-256", one["checksum"])] if isinstance(one.get("checksum"), str) else []
        made = library("cargo", str(one["name"]), str(one["version"]), hashes)
        refs[made.name, made.version] = made.ref
        found.materials.append(made)
    for one in crates:
        needed = {ref for text in one.get("dependencies", []) for ref in _named(str(text), refs)}
        own = refs.get((str(one.get("name")), str(one.get("version")))) if "source" in one else None
        if own is None:
            found.direct |= needed
        else:
            found.needs[own] = needed
    return found


def _named(text: str, refs: dict[tuple[str, str], str]) -> list[str]:
    """A dependency is `name`, where one version of it is there, or `name version`."""
    name, _, rest = text.partition(" ")
    version = rest.partition(" ")[0]
    if version:
        return [refs[name, version]] if (name, version) in refs else []
    return [ref for (own, _), ref in refs.items() if own == name]
