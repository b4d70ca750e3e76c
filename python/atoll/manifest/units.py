"""Times and sizes as people write them, as integers: milliseconds, bytes, counts."""

import re
from decimal import Decimal
from enum import Enum


class Unit(Enum):
    """What a number measures, and which suffixes it may carry. The plain number counts the smallest unit."""

    TIME = "time"
    SIZE = "size"
    COUNT = "count"

    @property
    def suffixes(self) -> dict[str, int]:
        """Suffix to factor; milliseconds for times, bytes for sizes."""
        return _SUFFIXES[self]

    @property
    def example(self) -> str:
        """How a value is written, for hints."""
        return _EXAMPLES[self]


_SUFFIXES: dict[Unit, dict[str, int]] = {
    Unit.TIME: {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000},
    Unit.SIZE: {
        "B": 1,
        "kB": 10**3,
        "MB": 10**6,
        "GB": 10**9,
        "KiB": 1 << 10,
        "MiB": 1 << 20,
        "GiB": 1 << 30,
        "TiB": 1 << 40,
    },
    Unit.COUNT: {},
}
_EXAMPLES = {
    Unit.TIME: 'a time such as "500ms", "30s" or "5m"',
    Unit.SIZE: 'a size such as "64KiB", "256MiB" or "1GiB"',
    Unit.COUNT: "a whole number such as 256",
}
_QUANTITY = re.compile(r"(?P<number>\d{1,18}(?:\.\d{1,9})?)[ ]?(?P<suffix>[A-Za-z]+)", re.ASCII)


def parse(unit: Unit, value: object) -> int:
    """The value in the smallest unit.

    A count is an integer. A size is an integer (bytes) or a text with a suffix. A time always names its unit, because
    a bare number does not say whether it means seconds. Raises ValueError, whose text is a sentence for the user.
    """
    if isinstance(value, int) and not isinstance(value, bool) and unit is not Unit.TIME:
        return value
    if not isinstance(value, str) or unit is Unit.COUNT:
        raise ValueError(f"expected {unit.example}")
    match = _QUANTITY.fullmatch(value)
    if match is None:
        raise ValueError(f"`{value}` is not {unit.example}")
    factor = unit.suffixes.get(match["suffix"])
    if factor is None:
        known = ", ".join(unit.suffixes)
        raise ValueError(f"`{match['suffix']}` is not a unit of {unit.value}; the units are {known}")
    smallest = Decimal(match["number"]) * factor
    if smallest != smallest.to_integral_value():
        raise ValueError(f"`{value}` is not a whole number of {'milliseconds' if unit is Unit.TIME else 'bytes'}")
    return int(smallest)


def text(unit: Unit, amount: int) -> str:
    """The amount as a person would write it: the largest suffix that leaves no remainder, powers of two for sizes."""
    fitting = [
        (factor, suffix) for suffix, factor in unit.suffixes.items() if factor & (factor - 1) == 0 or unit is Unit.TIME
    ]
    for factor, suffix in sorted(fitting, reverse=True):
        if amount and amount % factor == 0:
            return f"{amount // factor}{suffix}"
    return str(amount)
