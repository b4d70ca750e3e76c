"""The modules of a plug-in: in which order they start, and whether somebody answers each of their imports."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from atoll.extism.environment import TYPES
from atoll.extism.errors import Error
from atoll.extism.functions import Function
from atoll.extism.kernel import ENV, HOST_ONLY, kernel
from atoll.extism.manifest import MAIN
from atoll.extism.sections import Import, Sections, Unreadable, sections
from atoll.host.core import calling

WASI = "wasi_snapshot_preview1"
_TEXT_MEMORY = re.compile(rb'\(memory(?:\s+\$[^\s()]+)?(?:\s*\(export\s+"[^"]*"\))*\s+(?:i64\s+)?(\d+)')


@lru_cache(maxsize=256)
def described(wasm: bytes) -> Sections:
    """What it imports and exports. Raises the UserError that says what is wrong."""
    try:
        return sections(wasm)
    except Unreadable:
        return _inspected(wasm)


def _inspected(wasm: bytes) -> Sections:
    """The same of text, and of what has new types; parsed and validated."""
    with calling() as core:
        found = json.loads(core.inspect(wasm))
    if found["form"] != "core module":
        raise Error("expected a WebAssembly module but was given a WebAssembly component")
    imports = []
    for one in found["imports"]:
        module, _, name = one["name"].partition("#")
        imports.append(Import(module, name, one["kind"], one["type"] or ""))
    exports = {one["name"]: (one["kind"], one["type"] or "") for one in found["exports"]}
    return Sections(tuple(imports), exports, sum(int(found) for found in _TEXT_MEMORY.findall(wasm)))


def environment() -> dict[str, str]:
    """The functions of `extism:host/env` that guests may import, and their types."""
    own = {name: kind for name, (_, kind) in described(kernel()).exports.items() if name not in HOST_ONLY}
    return own | TYPES


def in_order(modules: Mapping[str, bytes]) -> list[str]:
    """The modules that are linked, each after those it imports from. Raises Error for circles."""
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " imports from ".join([*path[path.index(name) :], name])
            raise Error(f"modules import from each other: {circle}")
        if name in order:
            return
        for namespace, *_ in described(modules[name]).imports:
            if namespace in modules:
                visit(namespace, (*path, name))
        order.append(name)

    visit(MAIN, ())
    return order


def check(modules: Mapping[str, bytes], order: Iterable[str], functions: Iterable[Function], wasi: bool) -> None:
    """Raises Error for the first import that nobody answers, or that is of another type."""
    given = {(one.namespace, one.name): one.type for one in functions}
    known = environment()
    for module in order:
        for namespace, name, kind, wanted in described(modules[module]).imports:
            found: str | None
            if namespace == ENV:
                found = _of_environment(known, name, kind, wanted)
            elif namespace in modules:
                found = described(modules[namespace]).exports.get(name, ("", None))[1]
            elif namespace == WASI and wasi:
                continue
            else:
                found = given.get((namespace, name))
            if found is None:
                raise Error(f"unknown import: `{namespace}::{name}` has not been defined")
            if kind == "function" and found != wanted:
                raise Error(f"types incompatible: expected type `{wanted}`, found type `{found}`")


def _of_environment(known: Mapping[str, str], name: str, kind: str, wanted: str) -> str:
    if kind != "function":
        raise Error("linked modules cannot access non-function exports of extism kernel")
    if name not in known:
        raise Error(
            f"Invalid function import from {ENV}: {name} (type {wanted})\n\n"
            "Note: the PDK that this plug-in was built with knows more than this host does."
        )
    return known[name]
