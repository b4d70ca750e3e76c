"""Python: poetry.lock, uv.lock, pylock.toml, and requirements.txt where it names exact versions."""

import re
import tomllib
from typing import Any

from packaging.utils import canonicalize_name

from atoll.packages.sbom.bill import Material, library
from atoll.packages.sbom.locks import Packages

_PINNED = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*===?\s*(?P<version>[^\s;,#]+)")


def read_lock(text: str) -> Packages:
    """poetry.lock or uv.lock. Raises ValueError."""
    packages = [one for one in tomllib.loads(text).get("package", []) if isinstance(one, dict)]
    own = {canonicalize_name(str(one["name"])) for one in packages if _is_own(one)}
    found = Packages()
    refs: dict[str, str] = {}
    for one in packages:
        if canonicalize_name(str(one["name"])) not in own and not _is_for_development(one):
            made = _library(str(one["name"]), str(one.get("version", "")))
            refs[made.name] = made.ref
            found.materials.append(made)
    for one in packages:
        name = canonicalize_name(str(one["name"]))
        needed = {refs[other] for other in _names(one.get("dependencies")) if other in refs}
        if name in own:
            found.direct |= needed
        elif name in refs:
            found.needs.setdefault(refs[name], set()).update(needed)
    return found


def read_pylock(text: str) -> Packages:
    """pylock.toml, the format of PEP 751. Raises ValueError."""
    packages = [one for one in tomllib.loads(text).get("packages", []) if isinstance(one, dict)]
    return Packages(materials=[_library(str(one["name"]), str(one.get("version", ""))) for one in packages])


def read_requirements(text: str) -> Packages:
    """The lines that name one version. Raises nothing: what is a range is no lock."""
    found = (_PINNED.match(line.strip()) for line in text.splitlines())
    return Packages(
        materials=[_library(one["name"], one["version"]) for one in found if one and "*" not in one["version"]]
    )


def _library(name: str, version: str) -> Material:
    return library("pypi", canonicalize_name(name), version)


def _is_own(one: dict[str, Any]) -> bool:
    """uv names the project itself, and the members of its workspace."""
    source = one.get("source")
    return isinstance(source, dict) and bool({"editable", "virtual", "directory"} & set(source))


def _is_for_development(one: dict[str, Any]) -> bool:
    return one.get("category") == "dev" or (isinstance(one.get("groups"), list) and "main" not in one["groups"])


def _names(dependencies: Any) -> list[str]:
    """poetry has a table by name, uv a list of tables."""
    if isinstance(dependencies, dict):
        return [canonicalize_name(str(name)) for name in dependencies]
    listed = dependencies if isinstance(dependencies, list) else []
    return [canonicalize_name(str(one["name"])) for one in listed if isinstance(one, dict) and "name" in one]
