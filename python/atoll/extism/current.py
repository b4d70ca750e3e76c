"""The plug-in that calls a host function, for that function."""

from typing import Any

from atoll.extism.kernel import Blocks
from atoll.extism.values import Memory, Val


class CurrentPlugin:
    """The plug-in that calls; it can be asked until the host function returns."""

    __slots__ = ("_blocks", "_context", "_lent")

    def __init__(self, blocks: Blocks, context: Any) -> None:
        self._blocks = blocks
        self._context = context
        self._lent: list[tuple[int, bytes, bytearray]] = []

    def memory(self, mem: Memory) -> memoryview:
        """The bytes of a block, writable. What is written is the plug-in's once it is asked again, or goes on.

        Raises RuntimeError for what does not lie within its memory.
        """
        self.flush()
        data = self._blocks.read(mem.offset, mem.length)
        copy = bytearray(data)
        self._lent.append((mem.offset, data, copy))
        return memoryview(copy)

    def alloc(self, size: int) -> Memory:
        """A new block of so many bytes; offset 0 where there is no room, or for no bytes."""
        if size < 0:
            raise OverflowError("a block has no negative length")
        return Memory(self._blocks.call("alloc", size), size)

    def free(self, mem: Memory) -> None:
        """Give a block back. What is none is left alone."""
        self._blocks.call("free", mem.offset)

    def memory_at_offset(self, offset: int | Val) -> Memory:
        """The block that begins there; its length is 0 where none does."""
        at = (offset.value if isinstance(offset, Val) else offset) % 2**64
        return Memory(at, self._blocks.length(at))

    def input_buffer(self, input: Val) -> memoryview:  # noqa: A002 -- as extism calls it
        """The bytes of a parameter's block, writable."""
        return self.memory(self.memory_at_offset(input))

    def input_bytes(self, input: Val) -> bytes:  # noqa: A002 -- as extism calls it
        """The bytes of a parameter's block."""
        self.flush()
        return self._blocks.found(input.value % 2**64)

    def input_string(self, input: Val) -> str:  # noqa: A002 -- as extism calls it
        """The same as text. Raises UnicodeDecodeError where it is none."""
        return self.input_bytes(input).decode()

    def return_bytes(self, output: Val, b: bytes) -> None:
        """Answer with bytes: in a new block, which is then the plug-in's."""
        output.value = self._blocks.new(b)

    def return_string(self, output: Val, s: str) -> None:
        """Answer with text."""
        self.return_bytes(output, s.encode())

    def host_context(self) -> Any:
        """What `Plugin.call` was given as `host_context`."""
        return self._context

    def flush(self) -> None:
        """Hand over what was written into the views that `memory` gave."""
        if not self._lent:
            return
        for at, (offset, before, copy) in enumerate(self._lent):
            if copy != before:
                after = bytes(copy)
                self._blocks.write(offset, after)
                self._lent[at] = (offset, after, copy)
