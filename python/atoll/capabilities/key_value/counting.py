"""Counters as all stores hold them: a signed 64-bit number in decimal text."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from itertools import count
from random import random
from typing import TypeVar
from weakref import WeakValueDictionary

from atoll.capabilities.key_value.provider import Other

V = TypeVar("V")

_NUMBER = re.compile(rb"0|-?[1-9][0-9]{0,18}")
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


def added(value: bytes | None, delta: int) -> int:
    """The number that the value is, or 0 for None, and delta more.

    Raises Other if the value is no number or the sum out of range.
    """
    if value is not None and _NUMBER.fullmatch(value) is None:
        raise not_a_number()
    total = int(value or 0) + delta
    if not _LEAST <= total <= _MOST:
        raise out_of_range()
    return total


class Counters:
    """Increments for a backend that has none: read and write until nobody else wrote in between.

    Calls of this process take turns at a key; so only those of other processes can come in between.
    """

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def increment(
        self,
        key: str,
        read: Callable[[], Awaitable[tuple[bytes | None, V]]],
        write: Callable[[V, int], Awaitable[bool]],
        delta: int,
    ) -> int:
        """The sum.

        `read` gives the value and its version, `write` stores the number unless there is a newer version, and says so.
        """
        async with self._turns.setdefault(key, asyncio.Lock()):
            for attempt in count():
                value, version = await read()
                total = added(value, delta)
                if await write(version, total):
                    return total
                # Waiting at random lets one of many get through; the operation's timeout ends it.
                await asyncio.sleep(random() * min(0.001 * 2**attempt, 0.1))
        raise AssertionError


def not_a_number() -> Other:
    """What increment raises for a value that is something else."""
    return Other("the value is not a decimal number of 64 bits")


def out_of_range() -> Other:
    """What increment raises for a sum that does not fit."""
    return Other("the sum is out of the range of a signed 64-bit number")
