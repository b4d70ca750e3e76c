"""The kernel's blocks, as the host reads and makes them.

Whatever a guest hands over as an offset may be any number: nothing is read before the kernel has said that a block
begins there, and the data plane checks each range against the memory's end.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from atoll.extism.errors import Error

ENV = "extism:host/env"
USER = "extism:host/user"
KERNEL = "atoll:extism/kernel"
"""What the kernel imports from the host."""
HOST_ONLY = frozenset({"memory", "room", "reserve", "answer", "replace", "take", "fail"})
"""Exports of the kernel that no guest may import."""


@cache
def kernel() -> bytes:
    """The module. Guests get `error_set` from the host, which must know an error even if a trap follows it."""
    text = Path(__file__).with_name("kernel.wat").read_bytes()
    return text.replace(b' (export "error_set")', b"")


class Blocks:
    """The blocks of one instance, by whatever way leads to its kernel: `ask(module, kind, name, *arguments)`."""

    __slots__ = ("ask",)

    def __init__(self, ask: Callable[..., Any]) -> None:
        self.ask = ask

    def call(self, name: str, *arguments: int) -> int:
        """A function of the kernel; what it gives has no sign."""
        found = self.ask(ENV, "call", name, *arguments)
        return 0 if found is None else found % 2**64

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes from there."""
        if not length:
            return b""
        read: bytes = self.ask(ENV, "read", "memory", offset, length)
        return read

    def write(self, offset: int, data: bytes) -> None:
        """Put the bytes there."""
        self.ask(ENV, "write", "memory", offset, data)

    def new(self, data: bytes, *asked: int) -> int:
        """A new block with the bytes; 0 for none. Blocks that were `asked` with, two at the most, are freed after that.

        Raises Error `oom` where there is no room.
        """
        offset = self.call("replace", len(data), *(*asked, 0, 0)[:2]) if asked else self.call("alloc", len(data))
        if not data:
            return 0
        if not offset:
            raise Error("oom")
        self.write(offset, data)
        return offset

    def length(self, offset: int) -> int:
        """The length of the block that begins there; 0 where none does."""
        return self.call("length", offset % 2**64) if offset else 0

    def found(self, offset: int) -> bytes:
        """The bytes of the block that begins there; none where none does."""
        return self.read(offset, self.length(offset))

    def block(self, offset: int, what: str) -> bytes:
        """The bytes of a block. Offset 0 stands for none. Raises Error for what is no block's offset."""
        return self._checked("length", offset, what)

    def take(self, offset: int, what: str) -> bytes:
        """The same of a block that is then freed."""
        return self._checked("take", offset, what)

    def _checked(self, way: str, offset: int, what: str) -> bytes:
        if not offset:
            return b""
        offset %= 2**64
        length = self.call(way, offset)
        if not length:
            raise Error(f"invalid handle offset for {what}: {offset}")
        return self.read(offset, length)
