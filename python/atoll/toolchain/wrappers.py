"""The commands of the private bin: what each of them runs.

They name the folders of their parts, not the links, so another version of a part makes another command: a build that
was made by the former one is not current any more.
"""

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from atoll.toolchain.place import Place
from atoll.toolchain.registries import node_program, npm_script, packaged


def wrapper(command: str, place: Place) -> str | None:
    """The text of a command; None where the part that it runs is not there, or where the machine alone has it."""
    body = _BODIES.get(command)
    try:
        return f"#!/bin/sh\n{body(place)}\n" if body is not None else None
    except _Absent:
        return None


class _Absent(Exception):
    """A part is not there."""


def _there(found: Path | None) -> Path:
    if found is None:
        raise _Absent
    return found


def _part(place: Place, name: str) -> Path:
    return _there(place.part(name))


def _packaged(place: Place, part: str, path: str) -> Path:
    return _there(packaged(place, part, path))


def _exec(*words: str | Path, settings: Mapping[str, str | Path] | None = None) -> str:
    """A line that becomes the program, with the command's own arguments behind these."""
    given = "".join(f"{name}={shlex.quote(str(value))} " for name, value in (settings or {}).items())
    return f'{given}exec {shlex.join(str(word) for word in words)} "$@"'


def _of_python(name: str) -> Callable[[Place], str]:
    return lambda place: _exec(_part(place, "componentize-py") / "bin" / name)


def _node(place: Place) -> str | Path:
    """The machine's Node.js is looked for when the command runs: it may be another one by then."""
    return node_program(place) or "node"


def _of_npm(part: str, path: str) -> Callable[[Place], str]:
    return lambda place: _exec(_node(place), _part(place, part) / "node_modules" / path)


def _script(name: str) -> Callable[[Place], str]:
    """A script of ours: for a shell, or for Node.js with npm's packages."""

    def body(place: Place) -> str:
        script = _part(place, "scripts") / "scripts" / name
        settings: dict[str, str | Path] = {"ATOLL_TOOLCHAINS": place.folder}
        if script.suffix != ".mjs":
            return _exec("sh", script, settings=settings)
        settings["NODE_PACKAGES"] = _part(place, "node") / "node_modules"
        return _exec(_node(place), script, settings=settings)

    return body


def _python_component(place: Place) -> str:
    script = _part(place, "python-component") / "python" / "component.py"
    path = f"PATH={shlex.quote(str(place.bin))}:$PATH "
    python = _part(place, "componentize-py") / "bin" / "python"
    return path + _exec(python, script, settings={"ATOLL_TOOLCHAINS": place.folder})


def _zig(place: Place) -> str:
    cache = place.cache("zig")
    settings = {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    return _exec(_packaged(place, "zig", "ziglang/zig"), settings=settings)


def _own_node(*scripts: str) -> Callable[[Place], str]:
    """Node.js, or npm by it; only where the place has its own."""
    return lambda place: _exec(_there(node_program(place)), *(_there(npm_script(place, name)) for name in scripts))


_BODIES: dict[str, Callable[[Place], str]] = {
    "componentize-py": _of_python("componentize-py"),
    "python-component": _python_component,
    "component": _script("component.mjs"),
    "js-component": _script("js-component.mjs"),
    "jco": _of_npm("node", ".bin/jco"),
    "componentize-js": _of_npm("node", ".bin/componentize-js"),
    "componentize-qjs": _of_npm("node", ".bin/componentize-qjs"),
    "tsc": _of_npm("node", ".bin/tsc"),
    "rolldown": _of_npm("node", ".bin/rolldown"),
    "wasm-merge": _of_npm("node", ".bin/wasm-merge"),
    "wasm-opt": _of_npm("node", ".bin/wasm-opt"),
    "node": _own_node(),
    "npm": _own_node("npm-cli.js"),
    "npx": _own_node("npx-cli.js"),
    "zig": _zig,
    "go": lambda place: _exec(_packaged(place, "go", "go/bin/go")),
    "go-wasip1": _script("go-wasip1"),
    "go-component": _script("go-component"),
    "go-bindings": _script("go-bindings"),
    "asc": _of_npm("assemblyscript", ".bin/asc"),
    "cargo-wasm": _script("cargo-wasm"),
}
