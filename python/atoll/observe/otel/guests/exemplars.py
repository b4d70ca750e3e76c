"""Numbers as WIT has them, and single measurements that stand for many."""

from typing import TypeAlias

from msgspec import Struct
from opentelemetry.sdk.metrics import Exemplar as ReadableExemplar

from atoll.observe.otel.guests.values import KeyValue, Time, attributes, identity, number

Number: TypeAlias = dict[str, float | int | None]
"""`metric-number`: one key, the type, and the value."""


def of(found: Number) -> int | float:
    """The value. Raises ValueError where there is none."""
    if len(found) != 1:
        raise ValueError("a number has one type")
    return number(next(iter(found.values())))


class Exemplar(Struct, frozen=True):
    """`exemplar`."""

    filtered_attributes: list[KeyValue]
    time: Time
    value: Number
    span_id: str
    trace_id: str

    def readable(self) -> ReadableExemplar:
        """As the SDK has it; ids may be empty."""
        span = identity(self.span_id, 16) if self.span_id else None
        trace = identity(self.trace_id, 32) if self.trace_id else None
        return ReadableExemplar(
            attributes(self.filtered_attributes, {}), of(self.value), self.time.nanos(), span, trace
        )
