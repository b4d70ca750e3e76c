"""The wasm of a plugin: bytes that were given, or a file, which is read again when somebody asks for its WIT."""

import os
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import msgspec

from atoll.errors import UserError
from atoll.host.core import calling

Source = str | os.PathLike[str] | bytes | bytearray | memoryview
"""A path, or the bytes themselves, in any buffer; binary or text (WAT)."""


class Wit(msgspec.Struct, frozen=True):
    """A world: its text, and the comments on its functions by interface (the world's own under an empty name).

    `types` are the world's own: kind, name, and the names of their parts.
    """

    text: str
    docs: dict[str, dict[str, str]]
    types: list[tuple[str, str, list[str]]]


class Wasm:
    """One file, or bytes. Raises UserError `guest-unreadable`, TypeError for what is neither."""

    def __init__(self, source: Source) -> None:
        self._source = Path(source) if isinstance(source, str | os.PathLike) else _bytes(source)
        self.stem = "plugin" if isinstance(self._source, bytes) else self._source.stem

    def read(self) -> bytes:
        """The bytes as they are now."""
        if isinstance(self._source, bytes):
            return self._source
        try:
            return self._source.read_bytes()
        except OSError as error:
            why = f"`{self._source}` cannot be read: {error.strerror or error}"
            raise UserError("guest-unreadable", why, _advice(self._source)) from None

    def load(self) -> bytes:
        """The bytes that are loaded: what is asked later is asked of them. Raises UserError `guest-invalid`."""
        wasm = self.read()
        _check(wasm, "the plugin" if isinstance(self._source, bytes) else f"`{self._source}`")
        self.digest = f"sha256:{sha256(wasm).hexdigest()}"
        return wasm

    @cached_property
    def wit(self) -> Wit:
        """Its world. Raises UserError `guest-changed` if the file is another one by now."""
        wasm = self.read()
        if f"sha256:{sha256(wasm).hexdigest()}" != self.digest:
            raise UserError("guest-changed", f"`{self.stem}` has changed since it was loaded", "load it again")
        with calling() as module:
            return msgspec.json.decode(module.wit(wasm), type=Wit)

    def documentation(self, interface: str | None, function: str) -> str | None:
        """The comment on a function."""
        try:
            return self.wit.docs.get(interface or "", {}).get(function)
        except UserError:
            return None  # a core module, or a file that is gone: help() has nothing to say


def _bytes(source: bytes | bytearray | memoryview) -> bytes:
    """A copy of a buffer that others may change."""
    if isinstance(source, bytes):
        return source
    try:
        return bytes(memoryview(source))
    except TypeError:
        raise TypeError(f"a plugin is loaded from a path or from bytes; got {type(source).__name__}") from None


def _advice(file: Path) -> str:
    if file.is_dir():
        return "name a file; `atoll.Plugins` loads the plugins of a folder"
    if str(file).lstrip().startswith("("):
        return "text is given as bytes: `.encode()`"
    return f"check the path, which is seen from `{Path.cwd()}`, or build the component first"


def _check(wasm: bytes, what: str) -> None:
    """Tell what is no WebAssembly at all from what has an error in it."""
    if not wasm.startswith(b"\0asm") and wasm.lstrip()[:1] not in (b"(", b";"):
        why = f"begins with {wasm[:8]!r}" if wasm else "is empty"
        hint = "name a `.wasm` file, or one in text form (`.wat`)"
        raise UserError("guest-invalid", f"{what} is no WebAssembly: it {why}", hint)
