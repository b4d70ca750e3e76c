"""What guests told through `wasi:otel`, made into what OpenTelemetry's exporters take, and tagged by component.

A guest may write whatever it likes: what cannot be read is left out, and never takes anybody else's along.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

from msgspec import Struct
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from atoll.observe.otel.guests.values import Tags

T = TypeVar("T")

_LOGGER = logging.getLogger("opentelemetry.atoll")


class Told(Struct, frozen=True):
    """One span, export of metrics or log record, as JSON of what WIT has; trace and span are those of the call."""

    signal: Literal["span", "metrics", "log"]
    component: str
    request: str | None
    trace: str | None
    span: str | None
    document: str


def readable_spans(told: Iterable[Told], resource: Resource) -> list[ReadableSpan]:
    """The spans among what was told."""
    from atoll.observe.otel.guests.spans import readable

    return _each("span", told, lambda one, tags: readable(one.document, tags, resource))


def readable_logs(told: Iterable[Told], resource: Resource) -> list[ReadableLogRecord]:
    """The log records among what was told."""
    from atoll.observe.otel.guests.logs import readable

    return _each("log", told, lambda one, tags: readable(one.document, (one.trace, one.span), tags, resource))


def readable_metrics(told: Iterable[Told], resource: Resource) -> MetricsData | None:
    """The metrics among what was told; None where there are none."""
    from atoll.observe.otel.guests.metrics import readable

    found = _each("metrics", told, lambda one, tags: readable(one.document, tags, resource))
    return MetricsData(found) if found else None


def _each(signal: str, told: Iterable[Told], made: Callable[[Told, Tags], T]) -> list[T]:
    readable: list[T] = []
    for one in told:
        if one.signal != signal:
            continue
        tags: dict[str, Any] = {"atoll.component": one.component}
        if one.request is not None:
            tags["atoll.request"] = one.request
        try:
            readable.append(made(one, tags))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            _LOGGER.warning("what the component %s told is left out: %s", one.component, error)
    return readable
