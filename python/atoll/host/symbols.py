"""A wasm file without its names and debug information, and the one that still has them.

Both have the same identity: a digest of all that runs. What is shipped can so be small, and a failure of it still be
told with functions, files and lines, wherever the other one is kept. Formats: the binary format of WebAssembly's core
specification, section 5.5, and that of components (`Binary.md` of the component model), whose sections are alike.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

FOLDER = Path(".spin", "symbols")
"""Where files with symbols are kept beside a manifest, each under the identity of what runs."""

_MAGIC = b"\0asm"
_HEAD = 8
_CUSTOM = 0
# Sections of a component that hold a core module or another component.
_MODULE, _COMPONENT = 1, 4
# Of these only people and debuggers read.
_SYMBOLS = ("name", "component-name", "sourceMappingURL", "external_debug_info")


class Malformed(ValueError):
    """It is no wasm, or cut off."""


def identity(wasm: bytes) -> str:
    """The digest of all sections that are not custom ones. Raises Malformed."""
    digest = hashlib.sha256()
    _digest(memoryview(wasm), digest)
    return digest.hexdigest()


def stripped(wasm: bytes) -> bytes:
    """The same without names and debug information. Raises Malformed."""
    return rewritten(wasm, lambda module: module)


def has_symbols(wasm: bytes) -> bool:
    """Whether there are names or debug information in it. Raises Malformed."""
    return any(_is_symbols(body) for kind, body in _all_sections(memoryview(wasm)) if kind == _CUSTOM)


def rewritten(wasm: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The same with each core module as `change` makes it of its bytes, and without symbols. Raises Malformed."""
    return _rewritten(memoryview(wasm), change)


def _rewritten(wasm: memoryview, change: Callable[[bytes], bytes]) -> bytes:
    is_component = _is_component(wasm)
    parts = [bytes(wasm[:_HEAD])]
    for kind, body in _sections(wasm):
        if kind == _CUSTOM and _is_symbols(body):
            continue
        nested = is_component and kind in (_MODULE, _COMPONENT)
        made = _rewritten(body, change) if nested else bytes(body)
        parts += [bytes([kind]), _leb(len(made)), made]
    made = b"".join(parts)
    if is_component:
        return made
    return change(made)


def with_symbols(locked: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The locked app with each file in the place of which `folder` has one with symbols; what runs is the same."""
    if not folder.is_dir():
        return locked
    components = [_with_symbols(component, folder) for component in locked["components"]]
    return {**locked, "components": components}


def _with_symbols(component: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A component, or a dependency of one, which has dependencies of its own."""
    found = {**component, "source": _source(component["source"], folder)}
    if named := component.get("dependencies"):
        found["dependencies"] = {name: _with_symbols(one, folder) for name, one in named.items()}
    if roles := component.get("trigger_dependencies"):
        found["trigger_dependencies"] = {
            role: [_with_symbols(one, folder) for one in many] for role, many in roles.items()
        }
    return found


def _source(source: dict[str, Any], folder: Path) -> dict[str, Any]:
    try:
        kept = _kept(path_of(source.get("source", "")).read_bytes(), folder)
    except OSError:
        return source
    return {**source, "source": kept.absolute().as_uri()} if kept is not None else source


def with_symbols_of(wasm: bytes, folder: Path) -> bytes:
    """The same as `folder` has it with symbols; as it is where it has none. Raises OSError."""
    kept = _kept(wasm, folder)
    return kept.read_bytes() if kept is not None else wasm


def path_of(source: str) -> Path:
    """The path that a `file://` URL, or a plain path, names."""
    return Path(unquote(urlsplit(source).path)) if source.startswith("file://") else Path(source)


def _kept(wasm: bytes, folder: Path) -> Path | None:
    """Where it is with symbols. Raises OSError."""
    try:
        kept = folder / f"{identity(wasm)}.wasm"
        # Whatever lies there under its name: what runs must be what was shipped.
        return kept if kept.is_file() and identity(kept.read_bytes()) == kept.stem else None
    except (Malformed, RecursionError):
        return None


def _digest(wasm: memoryview, digest: Any) -> None:
    is_component = _is_component(wasm)
    digest.update(wasm[:_HEAD])
    for kind, body in _sections(wasm):
        if kind == _CUSTOM:
            continue
        digest.update(bytes([kind]))
        if is_component and kind in (_MODULE, _COMPONENT):
            _digest(body, digest)
            digest.update(b"end")
        else:
            digest.update(_leb(len(body)))
            digest.update(body)


def _all_sections(wasm: memoryview) -> Iterator[tuple[int, memoryview]]:
    is_component = _is_component(wasm)
    for kind, body in _sections(wasm):
        if is_component and kind in (_MODULE, _COMPONENT):
            yield from _all_sections(body)
        else:
            yield kind, body


def _sections(wasm: memoryview) -> Iterator[tuple[int, memoryview]]:
    if len(wasm) < _HEAD or wasm[:4] != _MAGIC:
        raise Malformed("it has no header of wasm")
    position = _HEAD
    while position < len(wasm):
        kind = wasm[position]
        size, start = _number(wasm, position + 1)
        position = start + size
        if position > len(wasm):
            raise Malformed("a section is cut off")
        yield kind, wasm[start:position]


def _is_component(wasm: memoryview) -> bool:
    return bytes(wasm[6:_HEAD]) == b"\1\0"


def _is_symbols(body: memoryview) -> bool:
    size, start = _number(body, 0)
    name = bytes(body[start : start + size]).decode("utf-8", "replace")
    return name in _SYMBOLS or name.startswith(".debug_")


def _number(wasm: memoryview, position: int) -> tuple[int, int]:
    """An unsigned LEB128 number of 32 bits, and where it ends."""
    number = 0
    for index in range(5):
        if position + index >= len(wasm):
            break
        byte = wasm[position + index]
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return number, position + index + 1
    raise Malformed("a length is no number")


def _leb(number: int) -> bytes:
    encoded = bytearray()
    while True:
        byte, number = number & 0x7F, number >> 7
        encoded.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(encoded)
