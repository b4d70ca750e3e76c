"""What is done through each embedder: the same work, with the same answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

A, B = 40, 2
BLOCK = bytes(range(256)) * 4096
TEXT = ("All that glitters is not gold. " * 40)[:1024]
WORD = b"a small sandbox"
POINT = {"x": -7, "y": 0.5, "name": "somewhere", "visible": True, "id": 1 << 40}
# Calls of the host in one call of the guest.
FOLDS = 1000
# About a millisecond.
STEPS = 500_000


def spun(steps: int) -> int:
    """What the guest's random number generator gives after so many steps."""
    number = 1
    for _ in range(steps):
        number ^= number << 13 & (1 << 64) - 1
        number ^= number >> 7
        number ^= number << 17 & (1 << 64) - 1
    return number


# By the names of the works; what only takes the time to know is made when it is asked for.
ANSWERS: Mapping[str, Callable[[], object]] = {
    "add": lambda: A + B,
    "echo": lambda: BLOCK,
    "echo-pdk": lambda: BLOCK,
    "echo-text": lambda: TEXT,
    "fresh": lambda: WORD,
    "fold": lambda: FOLDS,
    "record": lambda: POINT,
    "spin": lambda: spun(STEPS),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What a user would write to have the work done once, and the names in it.

    `plain` makes of what the statement gives what the work's answer is. A statement that does the work several times at
    once says how often.
    """

    text: str
    names: Mapping[str, Any]
    plain: Callable[[Any], object] = lambda given: given
    times: int = 1
