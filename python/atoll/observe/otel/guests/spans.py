"""Spans of guests."""

from typing import Literal

import msgspec
from msgspec import Struct
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event as ReadableEvent
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Link as ReadableLink
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode

from atoll.observe.otel.guests.values import Context, KeyValue, Scope, Tags, Time, attributes, span_context

_KINDS = {
    "Client": SpanKind.CLIENT,
    "Server": SpanKind.SERVER,
    "Producer": SpanKind.PRODUCER,
    "Consumer": SpanKind.CONSUMER,
    "Internal": SpanKind.INTERNAL,
}


class Event(Struct, frozen=True):
    """A moment in a span."""

    name: str
    time: Time
    attributes: list[KeyValue]


class Link(Struct, frozen=True):
    """Another span that it has to do with."""

    span_context: Context
    attributes: list[KeyValue]


class Failed(Struct, frozen=True):
    """The case of a status that has a text."""

    error: str = msgspec.field(name="Error")


class Span(Struct, frozen=True):
    """`span-data`."""

    span_context: Context
    parent_span_id: str
    span_kind: Literal["Client", "Server", "Producer", "Consumer", "Internal"]
    name: str
    start_time: Time
    end_time: Time
    attributes: list[KeyValue]
    events: list[Event]
    links: list[Link]
    status: Literal["Unset", "Ok"] | Failed
    instrumentation_scope: Scope


_DECODER = msgspec.json.Decoder(Span)


def readable(document: str, tags: Tags, resource: Resource) -> ReadableSpan:
    """The span as exporters take it. Raises ValueError."""
    span = _DECODER.decode(document)
    context = span.span_context.readable()
    return ReadableSpan(
        name=span.name,
        context=context,
        parent=_parent(span, context),
        resource=resource,
        attributes=attributes(span.attributes, tags),
        events=[ReadableEvent(e.name, attributes(e.attributes, {}), e.time.nanos()) for e in span.events],
        links=[ReadableLink(link.span_context.readable(), attributes(link.attributes, {})) for link in span.links],
        kind=_KINDS[span.span_kind],
        status=_status(span.status),
        start_time=span.start_time.nanos(),
        end_time=span.end_time.nanos(),
        instrumentation_scope=span.instrumentation_scope.readable(),
    )


def _parent(span: Span, context: SpanContext) -> SpanContext | None:
    """A first span has a parent of zeros, or none."""
    if not span.parent_span_id.strip("0"):
        return None
    return span_context(span.span_context.trace_id, span.parent_span_id, context.trace_flags.sampled)


def _status(status: str | Failed) -> Status:
    if isinstance(status, Failed):
        return Status(StatusCode.ERROR, status.error)
    return Status(StatusCode.OK if status == "Ok" else StatusCode.UNSET)
