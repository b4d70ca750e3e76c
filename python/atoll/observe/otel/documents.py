"""Spans and log records as the data plane tells them, made into what OpenTelemetry's exporters take.

The shape is that of `crates/gateway/src/telemetry.rs`.
"""

from functools import cache
from typing import Literal

import msgspec
from msgspec import Struct
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from atoll import __version__
from atoll.observe.otel.guests import Told

_KINDS = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT, "internal": SpanKind.INTERNAL}
_SEVERITIES = {1: "TRACE", 5: "DEBUG", 9: "INFO", 13: "WARN", 17: "ERROR", 21: "FATAL"}


class Span(Struct, frozen=True):
    """An ended span. Ids are hexadecimal, times nanoseconds since 1970."""

    trace: str
    span: str
    parent: str | None
    state: str | None
    name: str
    kind: Literal["server", "client", "internal"]
    start: int
    end: int
    attributes: dict[str, str | int | float]
    error: str | None


class Log(Struct, frozen=True):
    """A line or a message of a guest, or the failure of a call."""

    time: int
    severity: int
    body: str
    trace: str | None
    span: str | None
    sampled: bool
    attributes: dict[str, str]


class Batch(Struct, frozen=True):
    """What is exported together."""

    spans: list[Span]
    logs: list[Log]
    told: list[Told]


_DECODER = msgspec.json.Decoder(Batch)


def read(text: str) -> Batch:
    """What `Server.telemetry()` of the data plane returned."""
    return _DECODER.decode(text)


@cache
def scope() -> InstrumentationScope:
    """Who made the spans: atoll."""
    return InstrumentationScope("atoll", __version__)


def readable_span(span: Span, resource: Resource) -> ReadableSpan:
    """The span as exporters take it."""
    state = TraceState.from_header([span.state]) if span.state else None
    status = Status(StatusCode.ERROR, span.error) if span.error is not None else Status(StatusCode.UNSET)
    return ReadableSpan(
        name=span.name,
        context=_context(span.trace, span.span, sampled=True, state=state),
        parent=_context(span.trace, span.parent, sampled=True, remote=span.kind == "server") if span.parent else None,
        resource=resource,
        attributes=span.attributes,
        kind=_KINDS[span.kind],
        status=status,
        start_time=span.start,
        end_time=span.end,
        instrumentation_scope=scope(),
    )


def readable_log(log: Log, resource: Resource) -> ReadableLogRecord:
    """The log record as exporters take it."""
    context = Context()
    if log.trace is not None and log.span is not None:
        context = set_span_in_context(NonRecordingSpan(_context(log.trace, log.span, sampled=log.sampled)), context)
    record = LogRecord(
        timestamp=log.time,
        observed_timestamp=log.time,
        context=context,
        severity_text=_SEVERITIES[log.severity],
        severity_number=SeverityNumber(log.severity),
        body=log.body,
        attributes=log.attributes,
    )
    return ReadableLogRecord(record, resource, scope())


def _context(
    trace: str, span: str, *, sampled: bool, remote: bool = False, state: TraceState | None = None
) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    return SpanContext(int(trace, 16), int(span, 16), is_remote=remote, trace_flags=flags, trace_state=state)
