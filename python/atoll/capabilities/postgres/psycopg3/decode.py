"""Values from the server's binary format, by the type of their column.

Infinite dates and points in time, and arrays of more than one dimension, have no shape in the interface: they fail.
An empty range is given as `(0, exclusive), (0, exclusive)`, which contains nothing and which the server reads as empty.
"""

import struct
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from psycopg.postgres import types
from psycopg.types.numeric import NumericBinaryLoader

from atoll.capabilities.postgres.psycopg3 import calendar

Decode = Callable[[bytes], Any]

_EMPTY, _LOWER_INCLUSIVE, _UPPER_INCLUSIVE, _NO_LOWER, _NO_UPPER = 1, 2, 4, 8, 16
_INFINITE = {4: (-(2**31), 2**31 - 1), 8: (-(2**63), 2**63 - 1)}
_NUMERIC = NumericBinaryLoader(1700)


class Kind(NamedTuple):
    """What becomes of a type: a case of `db-data-type`, and how its bytes are read."""

    name: str
    decode: Decode


def kind_of(oid: int) -> Kind:
    """The kind of a type; `other` passes the bytes on."""
    return _KINDS.get(oid, _OTHER)


@lru_cache(1024)
def builtin_name(oid: int) -> str | None:
    """The server's name of a type that every server has."""
    info = types.get(oid)
    if info is None:
        return None
    return f"_{info.name}" if info.array_oid == oid else info.name


def _integer(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _finite(data: bytes) -> int:
    value = _integer(data)
    if value in _INFINITE[len(data)]:
        raise ValueError("an infinite date or time cannot be passed on")
    return value


def _decimal(data: bytes) -> str:
    return format(_NUMERIC.load(data), "f")


def _text(data: bytes) -> str:
    return data.decode()


def _interval(data: bytes) -> tuple[int, int, int]:
    micros, days, months = struct.unpack("!qii", data)
    return micros, days, months


def _pieces(data: bytes, at: int, count: int) -> list[bytes | None]:
    """Values that each follow their length, -1 for NULL."""
    pieces: list[bytes | None] = []
    for _ in range(count):
        length = _integer(data[at : at + 4])
        at += 4
        pieces.append(None if length < 0 else data[at : at + length])
        at += max(length, 0)
    return pieces


def _array(element: Decode) -> Decode:
    def decode(data: bytes) -> list[Any]:
        dimensions, _, _ = struct.unpack_from("!iii", data)
        if dimensions == 0:
            return []
        if dimensions > 1:
            raise ValueError("an array of more than one dimension cannot be passed on")
        pieces = _pieces(data, 20, _integer(data[12:16]))
        return [None if piece is None else element(piece) for piece in pieces]

    return decode


def _range(bound: Decode, zero: Any) -> Decode:
    def decode(data: bytes) -> tuple[Any, Any]:
        flags = data[0]
        if flags & _EMPTY:
            return (zero, "exclusive"), (zero, "exclusive")
        given = [not flags & _NO_LOWER, not flags & _NO_UPPER]
        values = iter(_pieces(data, 1, sum(given)))
        inclusive = (flags & _LOWER_INCLUSIVE, flags & _UPPER_INCLUSIVE)
        low, high = (
            (bound(next(values) or b""), "inclusive" if closed else "exclusive") if there else None
            for there, closed in zip(given, inclusive, strict=True)
        )
        return low, high

    return decode


_OTHER = Kind("other", bytes)
_STR = Kind("str", _text)
_STRS = Kind("array-str", _array(_text))
_DATETIME = Kind("datetime", lambda data: calendar.datetime_of(_finite(data)))
_KINDS = {
    16: Kind("boolean", lambda data: data == b"\1"),
    17: Kind("binary", bytes),
    20: Kind("int64", _integer),
    21: Kind("int16", _integer),
    23: Kind("int32", _integer),
    25: _STR,
    700: Kind("floating32", lambda data: struct.unpack("!f", data)[0]),
    701: Kind("floating64", lambda data: struct.unpack("!d", data)[0]),
    1007: Kind("array-int32", _array(_integer)),
    1009: _STRS,
    1014: _STRS,
    1015: _STRS,
    1016: Kind("array-int64", _array(_integer)),
    1042: _STR,
    1043: _STR,
    1082: Kind("date", lambda data: calendar.date_of(_finite(data))),
    1083: Kind("time", lambda data: calendar.time_of(_integer(data))),
    1114: _DATETIME,
    1184: _DATETIME,
    1186: Kind("interval", _interval),
    1231: Kind("array-decimal", _array(_decimal)),
    1700: Kind("decimal", _decimal),
    2950: Kind("uuid", lambda data: str(uuid.UUID(bytes=data))),
    3802: Kind("jsonb", lambda data: data[1:]),
    3904: Kind("range-int32", _range(_integer, 0)),
    3906: Kind("range-decimal", _range(_decimal, "0")),
    3926: Kind("range-int64", _range(_integer, 0)),
}
