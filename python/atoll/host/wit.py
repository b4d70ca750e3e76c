"""WIT, as the data plane reads it: folders, files, packages as wasm, and components."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from atoll.errors import Location
from atoll.host.core import calling, raise_problems

_PLACE = re.compile(r"(.+):(\d+):(\d+)", re.DOTALL)


class Name(msgspec.Struct, frozen=True, order=True):
    """A package: `wasi:http`, and its version as text, where it has one."""

    name: str
    version: str | None

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}@{self.version}"


class Needs(msgspec.Struct, frozen=True):
    """The packages of a folder or file, the main one first, and those that they name and do not bring."""

    packages: list[Name]
    needs: list[Name]


class Mismatch(msgspec.Struct, frozen=True):
    """Something that a component imports or exports with a type that does not fit, and where in it."""

    name: str
    imported: bool
    why: str


class Differences(msgspec.Struct, frozen=True):
    """What a component imports that a world has not, what it lacks of the world's exports, and types that differ."""

    imports: list[str]
    exports: list[str]
    types: list[Mismatch]


def text(path: Path, *, whole: bool) -> str:
    """The WIT at `path`; with `whole` all that it needs behind it. Raises UserError with the place in the file."""
    with _asked() as module:
        said: str = module.wit_text(path, whole)
    return said


def texts(path: Path) -> dict[str, str]:
    """Each package of the WIT at `path` as a text of its own, by name and version. Raises as `text` does."""
    with _asked() as module:
        found: dict[str, str] = module.wit_texts(path)
    return found


def tree(path: Path) -> Any:
    """The same as plain values: {"package", "world", "resolve"}; the last is the tree that WIT's own tools print."""
    with _asked() as module:
        return msgspec.json.decode(module.wit_tree(path))


def packed(path: Path) -> bytes:
    """The same as wasm, the form that registries keep. Raises as `text` does."""
    with _asked() as module:
        wasm: bytes = module.wit_packed(path)
    return wasm


def needs(path: Path) -> Needs:
    """What lies at `path` (of a folder not its `deps`), before what it needs is there. Raises as `text` does."""
    with _asked() as module:
        return msgspec.json.decode(module.wit_needs(path), type=Needs)


def target(component: Path, wit: Path, world: str | None) -> Differences:
    """How a component differs from a world. Raises UserError where one of them cannot be read."""
    with _asked() as module:
        return msgspec.json.decode(module.wit_target(component, wit, world), type=Differences)


def go_bindings(wit: Path, world: str | None, module_path: str) -> dict[str, str]:
    """Go's files for a world, by their paths in the package `module_path`. Raises UserError."""
    with _asked() as module:
        files: dict[str, str] = module.go_bindings(wit, world, module_path)
    return files


@contextmanager
def _asked() -> Iterator[Any]:
    with calling(lambda problems: raise_problems(problems, _locate)) as module:
        yield module


def _locate(component: str | None, key: str | None, value: str | None) -> Location | None:
    found = _PLACE.fullmatch(value) if key == "wit" and value else None
    if found is None:
        return None
    file, line, column = found[1], int(found[2]), int(found[3])
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return Location(file, line, column, "")
    source = lines[line - 1] if line <= len(lines) else ""
    return Location(file, line, column, source)
