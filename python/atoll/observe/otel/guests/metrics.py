"""Metrics of guests."""

from typing import Any, TypeAlias

import msgspec
from msgspec import Raw, Struct
from opentelemetry.sdk.metrics.export import Metric as ReadableMetric
from opentelemetry.sdk.metrics.export import ResourceMetrics as ReadableResourceMetrics
from opentelemetry.sdk.metrics.export import ScopeMetrics as ReadableScopeMetrics
from opentelemetry.sdk.resources import Resource as ReadableResource

from atoll.observe.otel.guests.points import Exponential, Gauge, Histogram, Sum
from atoll.observe.otel.guests.values import KeyValue, Scope, Tags, attributes

Data: TypeAlias = Gauge | Sum | Histogram | Exponential

_KINDS: dict[str, Any] = {
    number + name: kind
    for number in ("F64", "U64", "S64")
    for name, kind in {
        "Gauge": Gauge,
        "Sum": Sum,
        "Histogram": Histogram,
        "ExponentialHistogram": Exponential,
    }.items()
}


class Resource(Struct, frozen=True):
    """`resource`."""

    attributes: list[KeyValue]
    schema_url: str | None


class Metric(Struct, frozen=True):
    """`metric`; its data has one key, the case."""

    name: str
    description: str
    unit: str
    data: dict[str, Raw]

    def readable(self, tags: Tags) -> ReadableMetric:
        """As the SDK has it. Raises ValueError."""
        ((case, data),) = self.data.items()
        if case not in _KINDS:
            raise ValueError(f"there is no metric {case}")
        found: Data = msgspec.json.decode(data, type=_KINDS[case])
        return ReadableMetric(self.name, self.description, self.unit, found.readable(tags))


class ScopeMetrics(Struct, frozen=True):
    """`scope-metrics`."""

    scope: Scope
    metrics: list[Metric]


class ResourceMetrics(Struct, frozen=True):
    """`resource-metrics`."""

    resource: Resource
    scope_metrics: list[ScopeMetrics]


_DECODER = msgspec.json.Decoder(ResourceMetrics)


def readable(document: str, tags: Tags, resource: ReadableResource) -> ReadableResourceMetrics:
    """The metrics as exporters take them; what the host's resource says wins over the guest's. Raises ValueError."""
    told = _DECODER.decode(document)
    # A request's number would make a series of each request.
    tags = {name: tag for name, tag in tags.items() if name != "atoll.request"}
    scoped = [
        ReadableScopeMetrics(
            one.scope.readable(), [metric.readable(tags) for metric in one.metrics], one.scope.schema_url or ""
        )
        for one in told.scope_metrics
    ]
    own = ReadableResource(attributes(told.resource.attributes, {}))
    return ReadableResourceMetrics(own.merge(resource), scoped, told.resource.schema_url or "")
