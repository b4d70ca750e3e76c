"""Bytes that cross as numbers, as few as they are: a length and four words; see `kernel.wat`."""

from struct import Struct

MOST = 32
NONE, TOO_MANY = -1, -2
_WORDS = Struct("<4q")
_NOTHING = (0, 0, 0, 0)

Words = tuple[int, ...]


def unpacked(length: int, words: Words) -> bytes:
    """The bytes."""
    return _WORDS.pack(*words)[:length]


def packed(data: bytes) -> tuple[int, ...]:
    """Their length and words; the length is TOO_MANY for what does not fit."""
    if len(data) > MOST:
        return (TOO_MANY, *_NOTHING)
    return (len(data), *_WORDS.unpack(data.ljust(MOST, b"\0")))
