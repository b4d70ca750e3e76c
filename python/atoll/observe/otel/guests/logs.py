"""Log records of guests."""

import time

import msgspec
from msgspec import Struct
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import NonRecordingSpan, set_span_in_context

from atoll.observe.otel.guests.values import KeyValue, Scope, Tags, Time, attributes, span_context, value

_FATAL4 = 24


class Log(Struct, frozen=True):
    """`log-record`."""

    timestamp: Time | None
    observed_timestamp: Time | None
    severity_text: str | None
    severity_number: int | None
    body: str | None
    attributes: list[KeyValue] | None
    event_name: str | None
    instrumentation_scope: Scope | None
    trace_id: str | None
    span_id: str | None
    trace_flags: bool | None


_DECODER = msgspec.json.Decoder(Log)


def readable(document: str, call: tuple[str | None, str | None], tags: Tags, resource: Resource) -> ReadableLogRecord:
    """The record as exporters take it; without a trace of its own it has that of the `call`. Raises ValueError."""
    log = _DECODER.decode(document)
    now = time.time_ns()
    record = LogRecord(
        timestamp=log.timestamp.nanos() if log.timestamp else now,
        observed_timestamp=log.observed_timestamp.nanos() if log.observed_timestamp else now,
        context=_context(log, call),
        severity_text=log.severity_text or "",
        severity_number=SeverityNumber(min(log.severity_number or 0, _FATAL4)),
        body=None if log.body is None else value(log.body),
        attributes=attributes(log.attributes or [], tags),
        event_name=log.event_name,
    )
    scope = log.instrumentation_scope.readable() if log.instrumentation_scope else None
    return ReadableLogRecord(record, resource, scope)


def _context(log: Log, call: tuple[str | None, str | None]) -> Context:
    trace, span = (log.trace_id, log.span_id) if log.trace_id and log.span_id else call
    if trace is None or span is None:
        return Context()
    return set_span_in_context(NonRecordingSpan(span_context(trace, span, bool(log.trace_flags))), Context())
