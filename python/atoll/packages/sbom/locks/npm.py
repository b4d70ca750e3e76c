"""package-lock.json and npm-shrinkwrap.json, of versions 1 to 3. Packages for development alone are left out."""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from atoll.packages.sbom.bill import Material, library
from atoll.packages.sbom.locks import MAX_PACKAGES, Packages

_ALGORITHMS = {"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_FOLDER = "node_modules/"


def read(text: str) -> Packages:
    """All packages from a registry or elsewhere. Raises ValueError."""
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("it holds no object")
    packages = document.get("packages")
    if not isinstance(packages, dict):
        return _first(document)
    found = Packages()
    refs: dict[str, str] = {}
    for path, one in packages.items():
        if path.rpartition(_FOLDER)[1] and isinstance(one, dict) and not one.get("dev") and not one.get("link"):
            made = _made(str(one.get("name") or path.rpartition(_FOLDER)[2]), one)
            refs[path] = made.ref
            found.materials.append(made)
    for path, one in packages.items():
        needed = {refs[place] for place in _needed(path, one, refs)} if isinstance(one, dict) else set()
        if path in refs:
            found.needs.setdefault(refs[path], set()).update(needed)
        elif isinstance(one, dict):  # the project, or a part of its workspace
            found.direct |= needed
    return found


def _needed(path: str, one: dict[str, Any], refs: dict[str, str]) -> Iterator[str]:
    """Where the dependencies of a package lie: in its own folder, or in one above, as Node looks for them."""
    for kind in ("dependencies", "optionalDependencies", "peerDependencies"):
        for name in one.get(kind) or ():
            folder = path
            while True:
                place = f"{folder}/{_FOLDER}{name}" if folder else f"{_FOLDER}{name}"
                if place in refs:
                    yield place
                if place in refs or not folder:
                    break
                folder = folder.rpartition(_FOLDER)[0].rstrip("/")


def _first(document: dict[str, Any]) -> Packages:
    """Version 1: packages within packages."""
    found = Packages()
    left: list[tuple[dict[str, Any], str | None]] = [(document.get("dependencies") or {}, None)]
    while left and len(found.materials) < MAX_PACKAGES:
        packages, owner = left.pop()
        for name, one in packages.items():
            if not isinstance(one, dict) or one.get("dev"):
                continue
            made = _made(name, one)
            found.materials.append(made)
            if owner is None:
                found.direct.add(made.ref)
            else:
                found.needs.setdefault(owner, set()).add(made.ref)
            if isinstance(one.get("dependencies"), dict):
                left.append((one["dependencies"], made.ref))
    return found


def _made(name: str, one: dict[str, Any]) -> Material:
    return library("npm", name, str(one.get("version") or ""), _hashes(one.get("integrity")))


def _hashes(integrity: Any) -> Iterator[tuple[str, str]]:
    for one in integrity.split() if isinstance(integrity, str) else ():
        algorithm, _, digest = one.partition("-")
        try:
            raw = base64.b64decode(digest.partition("?")[0], validate=True)
        except (binascii.Error, ValueError):
            continue
        if algorithm in _ALGORITHMS:
            yield _ALGORITHMS[algorithm], raw.hex()
