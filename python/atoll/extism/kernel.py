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
HOST_ONLY = frozenset({"memory", "begin", "answer", "kernel_error_set"})
"""Exports of the kernel that no guest may import."""


@cache
def kernel() -> bytes:
    """The module. Guests get `error_set` from the host, which must know an error even if a trap follows it."""
    text = Path(__file__).with_name("kernel.wat").read_bytes()
    return text.replace(b'(export "error_set")', b'(export "kernel_error_set")')


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

    def new(self, data: bytes) -> int:
        """A new block with the bytes; 0 for none. Raises Error `oom` where there is no room."""
        if not data:
            return 0
        offset = self.call("alloc", len(data))
        if not offset:
            raise Error("oom")
        self.write(offset, data)
        return offset

    def length(self, offset: int) -> int:
        """The length of the block that begins there; 0 where none does."""
        return self.call("length", offset % 2**64) if offset else 0

    def block(self, offset: int, what: str) -> bytes:
        """The bytes of a block. Offset 0 stands for none. Raises Error for what is no block's offset."""
        if not offset:
            return b""
        offset %= 2**64
        length = self.call("length", offset)
        if not length:
            raise Error(f"invalid handle offset for {what}: {offset}")
        return self.read(offset, length)
