"""Reads files that may be a stranger's: no more of them than was thought of, however long they are or grow."""

import os
from pathlib import Path


class TooLarge(ValueError):
    """A file has more bytes than it may. `size` is how many, as far as that is known without reading them."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"it has more than {most} bytes")
        self.size = size
        self.most = most


def read_bounded(file: Path, most: int) -> bytes:
    """What a file holds. Raises OSError, and TooLarge if that is more than `most` bytes."""
    with file.open("rb") as opened:
        content = opened.read(most + 1)
        if len(content) > most:
            # Of a pipe, and of what still grows, the size says nothing.
            raise TooLarge(max(os.fstat(opened.fileno()).st_size, len(content)), most)
    return content
