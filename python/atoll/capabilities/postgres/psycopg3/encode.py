"""Parameters as libpq takes them: a type, bytes, and whether they are text or binary.

A kind that Spin matches with one type of the server is sent as that type, so that the server converts where it can
(`int32` into a `bigint` column). `str`, `array-str`, `jsonb`, `datetime` and `timestamp` match several: they are sent
as text without a type, and the statement decides.
"""

import re
import struct
import uuid
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from atoll.capabilities.postgres.psycopg3 import calendar
from atoll.capabilities.sql import BadParameter, Parameter

TEXT, BINARY = 0, 1
_MOST = 65_535
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,6})?|NaN|[+-]?Infinity", re.ASCII)
_BOUNDS = {"inclusive": "[]", "exclusive": "()"}


class Encoded(NamedTuple):
    """The parameters of a statement, as libpq's three lists."""

    values: list[bytes | None]
    types: list[int]
    formats: list[int]


class _Kind(NamedTuple):
    oid: int
    format: int
    encode: Callable[[Any], bytes]


def encode(parameters: Sequence[Parameter]) -> Encoded:
    """What libpq needs to know of the parameters; `BadParameter` names the first that its kind does not allow."""
    if len(parameters) > _MOST:
        raise BadParameter(f"a statement has at most {_MOST} parameters")
    encoded = Encoded([], [], [])
    for at, (name, value) in enumerate(parameters, 1):
        kind = _KINDS.get(name)
        if kind is None:
            raise BadParameter(f"parameter {at} has the unknown kind `{name}`")
        try:
            encoded.values.append(None if value is None else kind.encode(value))
        except (ValueError, TypeError, OverflowError, struct.error, msgspec.DecodeError, RecursionError) as error:
            raise BadParameter(f"parameter {at} is not a valid {name}: {error}") from None
        encoded.types.append(kind.oid)
        encoded.formats.append(kind.format)
    return encoded


def text(value: str) -> bytes:
    """UTF-8 for libpq, which ends text at the first NUL."""
    if "\0" in value:
        raise ValueError("text in PostgreSQL has no NUL character")
    return value.encode()


def _date(value: calendar.Date) -> bytes:
    return struct.pack("!i", calendar.days_of(value))


def _time(value: calendar.Time) -> bytes:
    return struct.pack("!q", calendar.micros_of(value))


def _datetime(value: tuple[int, ...]) -> bytes:
    year, month, day, *time = value
    hour, minute, second, nanosecond = time
    days = calendar.days_of((year, month, day))
    return calendar.utc_text(days, calendar.micros_of((hour, minute, second, nanosecond))).encode()


def _jsonb(value: bytes) -> bytes:
    msgspec.json.decode(value, type=msgspec.Raw)
    return text(value.decode())


def _decimal(value: str) -> bytes:
    if not _DECIMAL.fullmatch(value):
        raise ValueError("not a number in base 10")
    return value.encode()


def _range(bound: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    def encode_range(value: tuple[Any, Any]) -> bytes:
        low, high = value
        opening = b"(" if low is None else _BOUNDS[low[1]][:1].encode() + bound(low[0])
        closing = b")" if high is None else bound(high[0]) + _BOUNDS[high[1]][1:].encode()
        return opening + b"," + closing

    return encode_range


def _array(element: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    def encode_array(value: list[Any]) -> bytes:
        return b"{" + b",".join(b"NULL" if each is None else element(each) for each in value) + b"}"

    return encode_array


def _quoted(value: str) -> bytes:
    return b'"' + text(value).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _integer(value: int) -> bytes:
    return b"%d" % value


_KINDS = {
    "boolean": _Kind(16, BINARY, struct.Struct("!?").pack),
    "int8": _Kind(21, BINARY, struct.Struct("!h").pack),
    "int16": _Kind(21, BINARY, struct.Struct("!h").pack),
    "int32": _Kind(23, BINARY, struct.Struct("!i").pack),
    "int64": _Kind(20, BINARY, struct.Struct("!q").pack),
    "floating32": _Kind(700, BINARY, struct.Struct("!f").pack),
    "floating64": _Kind(701, BINARY, struct.Struct("!d").pack),
    "str": _Kind(0, TEXT, text),
    "binary": _Kind(17, BINARY, bytes),
    "date": _Kind(1082, BINARY, _date),
    "time": _Kind(1083, BINARY, _time),
    "datetime": _Kind(0, TEXT, _datetime),
    "timestamp": _Kind(0, TEXT, lambda value: calendar.text_of_epoch(value).encode()),
    "uuid": _Kind(2950, BINARY, lambda value: uuid.UUID(value).bytes),
    "jsonb": _Kind(0, TEXT, _jsonb),
    "decimal": _Kind(1700, TEXT, _decimal),
    "range-int32": _Kind(3904, TEXT, _range(_integer)),
    "range-int64": _Kind(3926, TEXT, _range(_integer)),
    "range-decimal": _Kind(3906, TEXT, _range(_decimal)),
    "array-int32": _Kind(1007, TEXT, _array(_integer)),
    "array-int64": _Kind(1016, TEXT, _array(_integer)),
    "array-decimal": _Kind(1231, TEXT, _array(_decimal)),
    "array-str": _Kind(0, TEXT, _array(_quoted)),
    "interval": _Kind(1186, BINARY, lambda value: struct.pack("!qii", *value)),
    "db-null": _Kind(0, TEXT, bytes),
}
