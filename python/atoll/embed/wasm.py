"""The wasm of a plugin: bytes that were given, or a file, which is read again when somebody asks for its WIT."""

import os
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import msgspec

from atoll.errors import UserError
from atoll.host.core import calling

Source = str | os.PathLike[str] | bytes
"""A path, or the bytes themselves; binary or text (WAT)."""


class Wit(msgspec.Struct, frozen=True):
    """A world: its text, and the comments on its functions by interface (the world's own under an empty name).

    `types` are the world's own: kind, name, and the names of their parts.
    """

    text: str
    docs: dict[str, dict[str, str]]
    types: list[tuple[str, str, list[str]]]


class Wasm:
    """One file, or bytes. Raises UserError `guest-unreadable`."""

    def __init__(self, source: Source) -> None:
        self._source: bytes | Path = source if isinstance(source, bytes) else Path(source)
        self.stem = "plugin" if isinstance(source, bytes) else Path(source).stem

    def read(self) -> bytes:
        """The bytes as they are now."""
        if isinstance(self._source, bytes):
            return self._source
        try:
            return self._source.read_bytes()
        except OSError as error:
            why = f"`{self._source}` cannot be read: {error.strerror or error}"
            raise UserError("guest-unreadable", why, "build the component first") from None

    def load(self) -> bytes:
        """The bytes that are loaded: what is asked later is asked of them."""
        wasm = self.read()
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
