"""The small parts of what guests tell: attributes, times, scopes, ids, each in the range that the protocol has."""

import base64
import math
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, TraceFlags, TraceState

Attributes: TypeAlias = dict[str, Any]
Tags: TypeAlias = dict[str, Any]

_BYTES = "data:application/octet-stream;base64,"
_DEEPEST = 8
_I64 = 1 << 63
_JSON = msgspec.json.Decoder()


class KeyValue(Struct, frozen=True):
    """An attribute; the value is JSON."""

    key: str
    value: str


class Time(Struct, frozen=True):
    """Since 1970."""

    seconds: int
    nanoseconds: int

    def nanos(self) -> int:
        """In nanoseconds, as far as 64 bits have place for."""
        return min(self.seconds * 1_000_000_000 + self.nanoseconds, _I64 - 1)


class Scope(Struct, frozen=True):
    """The library that made it."""

    name: str
    version: str | None
    schema_url: str | None
    attributes: list[KeyValue]

    def readable(self) -> InstrumentationScope:
        """As the SDK has it."""
        return InstrumentationScope(self.name, self.version, self.schema_url, attributes(self.attributes, {}))


class Context(Struct, frozen=True):
    """Where in which trace."""

    trace_id: str
    span_id: str
    trace_flags: bool
    is_remote: bool
    trace_state: list[tuple[str, str]]

    def readable(self) -> SpanContext:
        """As the SDK has it. Raises ValueError for ids that are none."""
        state = TraceState(self.trace_state)
        return span_context(self.trace_id, self.span_id, self.trace_flags, self.is_remote, state)


def span_context(
    trace: str, span: str, sampled: bool, remote: bool = False, state: TraceState | None = None
) -> SpanContext:
    """Of ids in hexadecimal digits. Raises ValueError for ids that are none."""
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    context = SpanContext(identity(trace, 32), identity(span, 16), remote, flags, state)
    if not context.is_valid:
        raise ValueError("an id is 0")
    return context


def identity(text: str, digits: int) -> int:
    """The number of an id. Raises ValueError for what is none."""
    if len(text) != digits or not text.isascii() or not text.isalnum():
        raise ValueError("an id has the wrong length")
    return int(text, 16)


def attributes(pairs: list[KeyValue], tags: Tags) -> Attributes:
    """The attributes, with the host's tags over them."""
    return {pair.key: value(pair.value) for pair in pairs} | tags


def value(text: str) -> Any:
    """What the JSON says; what is none stands for itself."""
    try:
        return _plain(_JSON.decode(text), 0)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return text


def _plain(found: Any, depth: int) -> Any:
    match found:
        case str() if found.startswith(_BYTES):
            return _decoded(found)
        case bool() | str():
            return found
        case int():
            return found if -_I64 <= found < _I64 else str(found)
        case float():
            return found
        case list() | dict() if depth == _DEEPEST:
            return str(found)
        case list():
            return [_plain(item, depth + 1) for item in found]
        case dict():
            return {str(key): _plain(item, depth + 1) for key, item in found.items()}
    return "null"


def _decoded(text: str) -> bytes | str:
    try:
        return base64.b64decode(text.removeprefix(_BYTES), validate=True)
    except ValueError:
        return text


def number(found: float | int | None) -> int | float:
    """A number as a data point has it; what JSON cannot say was none."""
    if found is None:
        return math.nan
    return found if isinstance(found, float) or -_I64 <= found < _I64 else float(found)
