"""go.mod: the module versions that Go has chosen. Since Go 1.17 it names all of them; go.sum knows others, too."""

import re

from atoll.packages.sbom.bill import library
from atoll.packages.sbom.locks import Packages

_LINE = re.compile(r'(?P<path>"?[^\s"]+"?)\s+(?P<version>v[^\s]+)')
_REPLACED = re.compile(r'(?P<old>[^\s"]+)(?:\s+v\S+)?\s*=>\s*(?P<new>[^\s"]+)(?:\s+(?P<version>v\S+))?')


def read(text: str) -> Packages:
    """The modules that are required, and those that stand in for them. Raises nothing: other lines are passed over."""
    required: dict[str, tuple[str, bool]] = {}
    replaced: dict[str, tuple[str, str | None]] = {}
    block = ""
    for line in text.splitlines():
        code, _, comment = line.strip().partition("//")
        verb, _, rest = code.strip().partition(" ")
        if block and code.strip() == ")":
            block = ""
        elif not block and rest.strip() == "(":
            block = verb
        else:
            kind, said = (block, code.strip()) if block else (verb, rest.strip())
            if kind == "require" and (found := _LINE.match(said)):
                required[found["path"].strip('"')] = (found["version"], "indirect" in comment)
            elif kind == "replace" and (found := _REPLACED.match(said)):
                replaced[found["old"]] = (found["new"], found["version"])
    packages = Packages()
    for path, (version, is_indirect) in required.items():
        new, other = replaced.get(path, (path, version))
        if other is None:  # a folder of the project
            continue
        made = library("golang", new, other)
        packages.materials.append(made)
        if not is_indirect:
            packages.direct.add(made.ref)
    return packages
