"""Rows of MySQL's binary protocol, by the types of their columns."""

import struct
from collections.abc import Callable
from typing import Any

from mysql.connector.constants import FieldFlag, FieldType

from atoll.capabilities.sql import Column, Row, ValueConversionFailed

Description = tuple[Any, ...]
"""What the connector says of a column: name, type, five times nothing of interest, flags, character set."""

_WHOLE_PACKET = 0xFFFFFE
_BINARY_CHARSET = 63
_TYPE_NAMES = {code: str(name) for name, code in vars(FieldType).items() if name.isupper() and isinstance(code, int)}
_INTEGERS = {
    FieldType.TINY: ("int8", "b"),
    FieldType.SHORT: ("int16", "h"),
    FieldType.INT24: ("int32", "i"),
    FieldType.LONG: ("int32", "i"),
    FieldType.LONGLONG: ("int64", "q"),
}
_TEXTS = {
    FieldType.VARCHAR,
    FieldType.TINY_BLOB,
    FieldType.MEDIUM_BLOB,
    FieldType.LONG_BLOB,
    FieldType.BLOB,
    FieldType.VAR_STRING,
    FieldType.STRING,
}
_WRITTEN = {FieldType.DECIMAL, FieldType.NEWDECIMAL, FieldType.JSON, FieldType.ENUM, FieldType.SET}
_MOMENTS = {FieldType.DATE, FieldType.DATETIME, FieldType.TIMESTAMP}

Read = Callable[[bytes, int], tuple[Any, int]]
"""A value at an offset, and the offset behind it."""


def column_of(description: Description) -> Column:
    """Name, kind and the protocol's name of the type."""
    return Column(description[0], _kind(description), _TYPE_NAMES.get(description[1], str(description[1])))


def row_of(descriptions: list[Description], packet: bytes) -> Row:
    """The values of a row, from what follows its first byte."""
    if len(packet) >= _WHOLE_PACKET:
        raise ValueConversionFailed("a row of 16 MiB or more cannot be passed on")
    at = (len(descriptions) + 9) // 8
    nulls = int.from_bytes(packet[:at], "little") >> 2
    row: list[Any] = []
    for number, description in enumerate(descriptions):
        if nulls >> number & 1:
            row.append(None)
        else:
            value, at = _reader(description)(packet, at)
            row.append(value)
    return tuple(row)


def _kind(description: Description) -> str:
    _, code, *_, flags, charset = description
    if code in _INTEGERS:
        name = _INTEGERS[code][0]
        return f"u{name}" if flags & FieldFlag.UNSIGNED else name
    if code in {FieldType.FLOAT, FieldType.DOUBLE}:
        return "floating32" if code == FieldType.FLOAT else "floating64"
    if code in _TEXTS:
        return "binary" if charset == _BINARY_CHARSET else "str"
    return "other"


def _reader(description: Description) -> Read:
    _, code, *_, flags, _ = description
    if code in _INTEGERS:
        letter = _INTEGERS[code][1]
        return _fixed(letter.upper() if flags & FieldFlag.UNSIGNED else letter)
    if code in _READERS:
        return _READERS[code]
    if code in _MOMENTS:
        return _date if code == FieldType.DATE else _moment
    return _text if code in _WRITTEN or _kind(description) == "str" else _bytes


def _fixed(letter: str) -> Read:
    form = struct.Struct("<" + letter)
    return lambda packet, at: (form.unpack_from(packet, at)[0], at + form.size)


def _bytes(packet: bytes, at: int) -> tuple[bytes, int]:
    length, at = packet[at], at + 1
    if length > 250:
        size = {252: 2, 253: 3, 254: 8}[length]
        length, at = int.from_bytes(packet[at : at + size], "little"), at + size
    return bytes(packet[at : at + length]), at + length


def _text(packet: bytes, at: int) -> tuple[str, int]:
    value, at = _bytes(packet, at)
    return value.decode(), at


def _year(packet: bytes, at: int) -> tuple[str, int]:
    return f"{int.from_bytes(packet[at : at + 2], 'little'):04}", at + 2


def _parts(packet: bytes, at: int) -> tuple[tuple[int, ...], int]:
    length = packet[at]
    data = packet[at + 1 : at + 1 + length].ljust(11, b"\0")
    return struct.unpack("<HBBBBBI", data), at + 1 + length


def _date(packet: bytes, at: int) -> tuple[str, int]:
    (year, month, day, *_), at = _parts(packet, at)
    return f"{year:04}-{month:02}-{day:02}", at


def _moment(packet: bytes, at: int) -> tuple[str, int]:
    (year, month, day, hour, minute, second, micros), at = _parts(packet, at)
    fraction = f".{micros:06}" if micros else ""
    return f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}", at


def _time(packet: bytes, at: int) -> tuple[str, int]:
    length = packet[at]
    data = packet[at + 1 : at + 1 + length].ljust(12, b"\0")
    negative, days, hours, minute, second, micros = struct.unpack("<BIBBBI", data)
    fraction = f".{micros:06}" if micros else ""
    text = f"{'-' if negative else ''}{days * 24 + hours:02}:{minute:02}:{second:02}{fraction}"
    return text, at + 1 + length


_READERS: dict[int, Read] = {
    FieldType.FLOAT: _fixed("f"),
    FieldType.DOUBLE: _fixed("d"),
    FieldType.YEAR: _year,
    FieldType.TIME: _time,
}
