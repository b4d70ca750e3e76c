"""The library that Python loads can be loaded beside others."""

import struct
from pathlib import Path

from atoll import _core

TLS = 7
ROOM = 1024
"""Bytes. The C library has some 1,600 for what threads have of their own in libraries that are loaded later."""


def test_threads_have_little_of_their_own() -> None:
    assert 0 < sum(memory for kind, memory in segments(Path(_core.__file__)) if kind == TLS) <= ROOM


def segments(library: Path) -> list[tuple[int, int]]:
    """Kind and bytes in memory of each segment of a 64-bit ELF file."""
    with library.open("rb") as file:
        header = file.read(64)
        assert header[:5] == b"\x7fELF\x02"
        [offset] = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        file.seek(offset)
        table = file.read(size * count)
    return [
        (*struct.unpack_from("<I", table, at), *struct.unpack_from("<Q", table, at + 40))
        for at in range(0, len(table), size)
    ]
