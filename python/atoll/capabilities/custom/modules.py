"""Core modules from Python: memories and globals, and the module that calls a host function."""

from typing import Any, Protocol

PAGE = 1 << 16
"""Bytes that a memory grows by at least."""


class Ask(Protocol):
    """Asks a module for something, by word; the data plane's own."""

    def __call__(self, kind: str, name: str, *arguments: Any) -> Any:
        """See `crates/python/src/embed/asked.rs`."""


class Memory:
    """One memory of a module. What is read is a copy: the module may change its memory at any time.

    Addresses count bytes. Raises IndexError beyond the memory's end.
    """

    def __init__(self, ask: Ask, name: str = "memory") -> None:
        self._ask = ask
        self._name = name

    def __len__(self) -> int:
        size: int = self._ask("size", self._name, 0)
        return size

    def read(self, address: int, length: int) -> bytes:
        """So many bytes from there."""
        self._check(address, length)
        read: bytes = self._ask("read", self._name, address, length)
        return read

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Put the bytes there. Raises TypeError for what is no buffer."""
        copy = bytes(memoryview(data))
        self._check(address, len(copy))
        self._ask("write", self._name, address, copy)

    def grow(self, pages: int) -> int:
        """Make it larger by so many pages of 64 KiB; its size before, in pages. Raises if a limit forbids it."""
        before = len(self) // PAGE
        self._ask("size", self._name, pages)
        return before

    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            return self.read(start, max(0, stop - start))[::step]
        return self.read(place, 1)[0]

    def __setitem__(self, place: int | slice, data: Any) -> None:
        if not isinstance(place, slice):
            self.write(place, bytes([data]))
            return
        start, stop, step = place.indices(len(self))
        if step != 1 or len(data) != max(0, stop - start):
            raise ValueError("a part of a memory can be replaced only by as many bytes, one beside the other")
        self.write(start, data)

    def _check(self, address: int, length: int) -> None:
        if address < 0 or length < 0 or address + length > len(self):
            raise IndexError(f"{length} bytes at {address} do not lie within the memory of {len(self)} bytes")

    def __repr__(self) -> str:
        return f"<memory of {len(self)} bytes>"


class Global:
    """One global of a module."""

    def __init__(self, ask: Ask, name: str, is_mutable: bool = True) -> None:
        self._ask = ask
        self._name = name
        self._is_mutable = is_mutable

    @property
    def value(self) -> Any:
        """Its number. Raises AttributeError when it is set, and is a constant."""
        return self._ask("get", self._name)

    @value.setter
    def value(self, number: Any) -> None:
        if not self._is_mutable:
            raise AttributeError(f"the global `{self._name}` is a constant", name="value", obj=self)
        self._ask("set", self._name, number)

    def __repr__(self) -> str:
        return f"<global {self._name}: {self.value}>"


class Caller:
    """The module that called a host function; it can be asked until that function returns."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    @property
    def memory(self) -> Memory:
        """The memory that it exports as `memory`."""
        return Memory(self._ask)

    def call(self, function: str, *arguments: Any) -> Any:
        """Call one of its exports; bytes are copied into its memory, as address and length."""
        return self._ask("call", function, *arguments)

    def read(self, address: int, length: int) -> bytes:
        """Bytes of its memory: what an address and a length among the arguments stand for."""
        read: bytes = self._ask("read", "memory", address, length)
        return read

    def text(self, address: int, length: int) -> str:
        """The same as text. Raises UnicodeDecodeError where it is none."""
        return self.read(address, length).decode()
