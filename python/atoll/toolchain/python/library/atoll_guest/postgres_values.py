"""Values of PostgreSQL as Python's, both ways."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import wit_world.imports.spin_postgres as wit

__all__ = ("Interval", "Range", "Unsupported", "parameter", "value")


@dataclass(frozen=True)
class Interval:
    """An interval; days and months have no fixed length, so they are counted by themselves."""

    microseconds: int = 0
    days: int = 0
    months: int = 0


@dataclass(frozen=True)
class Range:
    """A range of int or Decimal; None has no bound, and the bounds belong to it or do not."""

    lower: int | Decimal | None = None
    upper: int | Decimal | None = None
    lower_inclusive: bool = True
    upper_inclusive: bool = False


@dataclass(frozen=True)
class Unsupported:
    """A value whose type the interface does not know, as the server sent it."""

    data: bytes


def parameter(given: Any) -> wit.ParameterValue:
    """A parameter for the host. Raises TypeError."""
    match given:
        case None:
            return wit.ParameterValue_DbNull()
        case bool():
            return wit.ParameterValue_Boolean(given)
        case int():
            return wit.ParameterValue_Int64(given)
        case float():
            return wit.ParameterValue_Floating64(given)
        case str():
            return wit.ParameterValue_Str(given)
        case bytes():
            return wit.ParameterValue_Binary(given)
        case Decimal():
            return wit.ParameterValue_Decimal(str(given))
        case UUID():
            return wit.ParameterValue_Uuid(str(given))
        case dict():
            return wit.ParameterValue_Jsonb(json.dumps(given).encode())
        case Interval():
            return wit.ParameterValue_Interval(wit.Interval(given.microseconds, given.days, given.months))
        case datetime() | date() | time():
            return _moment(given)
        case Range():
            return _range(given)
        case list() | tuple():
            return _array(list(given))
    raise TypeError(f"PostgreSQL is not given {type(given).__name__}: convert it before, as by str()")


def _moment(given: date | time) -> wit.ParameterValue:
    match given:
        case datetime() if given.tzinfo is not None:
            return wit.ParameterValue_Timestamp(int(given.timestamp()))
        case datetime():
            clock = (given.hour, given.minute, given.second, given.microsecond * 1000)
            return wit.ParameterValue_Datetime((given.year, given.month, given.day, *clock))
        case date():
            return wit.ParameterValue_Date((given.year, given.month, given.day))
        case time():
            return wit.ParameterValue_Time((given.hour, given.minute, given.second, given.microsecond * 1000))


def _array(given: list[Any]) -> wit.ParameterValue:
    kinds = {type(each) for each in given if each is not None}
    if kinds <= {int}:
        return wit.ParameterValue_ArrayInt64(given)
    if kinds == {str}:
        return wit.ParameterValue_ArrayStr(given)
    if kinds == {Decimal}:
        return wit.ParameterValue_ArrayDecimal([None if each is None else str(each) for each in given])
    raise TypeError("a list for PostgreSQL holds only int, only str or only Decimal")


def _range(given: Range) -> wit.ParameterValue:
    lower, upper = _bound(given.lower, given.lower_inclusive), _bound(given.upper, given.upper_inclusive)
    if isinstance(given.lower, Decimal) or isinstance(given.upper, Decimal):
        return wit.ParameterValue_RangeDecimal(
            (lower and (str(lower[0]), lower[1]), upper and (str(upper[0]), upper[1]))
        )
    return wit.ParameterValue_RangeInt64((lower, upper))


def _bound(given: Any, inclusive: bool) -> tuple[Any, wit.RangeBoundKind] | None:
    kind = wit.RangeBoundKind.INCLUSIVE if inclusive else wit.RangeBoundKind.EXCLUSIVE
    return None if given is None else (given, kind)


def value(found: wit.DbValue) -> Any:
    """A column's value."""
    match found:
        case wit.DbValue_DbNull():
            return None
        case wit.DbValue_Date((year, month, day)):
            return date(year, month, day)
        case wit.DbValue_Time((hour, minute, second, nanosecond)):
            return time(hour, minute, second, nanosecond // 1000)
        case wit.DbValue_Datetime((year, month, day, hour, minute, second, nanosecond)):
            return datetime(year, month, day, hour, minute, second, nanosecond // 1000)
        case wit.DbValue_Timestamp(seconds):
            return datetime.fromtimestamp(seconds, UTC)
        case wit.DbValue_Uuid(text):
            return UUID(text)
        case wit.DbValue_Jsonb(data):
            return json.loads(data)
        case wit.DbValue_Decimal(text):
            return Decimal(text)
        case wit.DbValue_ArrayDecimal(texts):
            return [None if text is None else Decimal(text) for text in texts]
        case wit.DbValue_Interval(told):
            return Interval(told.micros, told.days, told.months)
        case wit.DbValue_RangeInt32((lower, upper)) | wit.DbValue_RangeInt64((lower, upper)):
            return _told(lower, upper, int)
        case wit.DbValue_RangeDecimal((lower, upper)):
            return _told(lower, upper, Decimal)
        case wit.DbValue_Unsupported(data):
            return Unsupported(data)
        case plain:
            return plain.value


def _told(lower: Any, upper: Any, kind: type[int] | type[Decimal]) -> Range:
    inclusive = [bound is not None and bound[1] is wit.RangeBoundKind.INCLUSIVE for bound in (lower, upper)]
    return Range(lower and kind(lower[0]), upper and kind(upper[0]), *inclusive)
