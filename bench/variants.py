"""Components of different code that all do the same: copies of a guest with a custom section each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.guests import Guest

_NAME = b"variant"


def variants(guest: Guest, count: int, folder: Path) -> Iterator[Guest]:
    """So many of them, their files in `folder`."""
    for number in range(count):
        file = folder / f"{guest.name}-{number}.wasm"
        file.write_bytes(guest.file.read_bytes() + _custom_section(number))
        yield replace(guest, name=file.stem, folder=folder)


def _custom_section(number: int) -> bytes:
    """Section 0: its size, the length of its name, the name, and what nobody reads."""
    content = bytes([len(_NAME)]) + _NAME + number.to_bytes(4, "little")
    return bytes([0, len(content)]) + content
