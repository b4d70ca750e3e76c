"""Values of options: sizes, times, pairs."""

import re
from collections.abc import Sequence

import click

from atoll.errors import AtollError, UserError, raise_all
from atoll.manifest.units import Unit, parse


class Quantity(click.ParamType[int]):
    """A size or a time with a unit, as an integer of bytes or milliseconds, or a plain count. At least 1."""

    def __init__(self, unit: Unit, *, minimum: int = 1) -> None:
        self.unit = unit
        self.minimum = minimum
        self.name = {Unit.SIZE: "size", Unit.TIME: "time", Unit.COUNT: "integer"}[unit]

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Bytes, milliseconds or a count. A size without a suffix counts bytes."""
        if isinstance(value, str) and value.isascii() and value.isdigit() and self.unit is not Unit.TIME:
            value = int(value)
        try:
            amount = parse(self.unit, value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not self.minimum <= amount < 1 << 63:
            self.fail(f"{amount} is out of range", param, ctx)
        return amount


class Age(Quantity):
    """A time that may be long: also in days and weeks. May be 0, for whatever is not used now."""

    def __init__(self) -> None:
        super().__init__(Unit.TIME, minimum=0)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Milliseconds."""
        long = re.fullmatch(r"(?a:(\d{1,5})([dw]))", str(value))
        if long is not None:
            value = f"{int(long[1]) * {'d': 24, 'w': 168}[long[2]]}h"
        elif not isinstance(value, str) or value[-1:] not in ("s", "m", "h"):
            self.fail(f"{value!r} is no time; write one such as 12h, 30d or 8w", param, ctx)
        return super().convert(value, param, ctx)


class Mode(click.ParamType[int]):
    """Permissions of a file, in octal digits."""

    name = "mode"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The permissions as a number."""
        if isinstance(value, int):
            return value
        digits = str(value)
        if not re.fullmatch("0?[0-7]{3}", digits):
            self.fail(f"{digits!r} are no permissions; write octal digits such as 660", param, ctx)
        return int(digits, 8)


MODE = Mode()
SIZE = Quantity(Unit.SIZE)
TIME = Quantity(Unit.TIME)
AGE = Age()
COUNT = Quantity(Unit.COUNT)


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """NAME=VALUE arguments; later ones win. Raises UserError or Problems `environment-argument-invalid`.

    No message shows a value: it may be a secret.
    """
    problems: list[AtollError] = []
    values = {}
    for argument in given:
        name, equals, value = argument.partition("=")
        if not equals or not name or "\0" in argument:
            problems.append(
                UserError(
                    "environment-argument-invalid",
                    f"{option} {name!r} is not of the form NAME=VALUE",
                    "write NAME=VALUE",
                )
            )
        values[name] = value
    raise_all(problems)
    return values
