"""What a metric of a guest measured: gauges, sums and histograms."""

from typing import Any, Literal

from msgspec import Struct
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    NumberDataPoint,
)
from opentelemetry.sdk.metrics.export import Buckets as ReadableBuckets
from opentelemetry.sdk.metrics.export import ExponentialHistogram as ReadableExponential
from opentelemetry.sdk.metrics.export import Gauge as ReadableGauge
from opentelemetry.sdk.metrics.export import Histogram as ReadableHistogram
from opentelemetry.sdk.metrics.export import Sum as ReadableSum

from atoll.observe.otel.guests.exemplars import Exemplar, Number, of
from atoll.observe.otel.guests.values import KeyValue, Tags, Time, attributes

Temporality = Literal["Cumulative", "Delta", "LowMemory"]


class Point(Struct, frozen=True):
    """A value of a gauge or a sum."""

    attributes: list[KeyValue]
    value: Number
    exemplars: list[Exemplar]


class _Values(Struct, frozen=True):
    """What points of both kinds of histograms tell of their values."""

    attributes: list[KeyValue]
    count: int
    min: Number | None
    max: Number | None
    sum: Number
    exemplars: list[Exemplar]

    def told(self, tags: Tags, start: Time, now: Time) -> dict[str, Any]:
        """As the SDK names it."""
        return {
            "attributes": attributes(self.attributes, tags),
            "start_time_unix_nano": start.nanos(),
            "time_unix_nano": now.nanos(),
            "count": self.count,
            "sum": of(self.sum),
            "min": _known(self.min),
            "max": _known(self.max),
            "exemplars": [exemplar.readable() for exemplar in self.exemplars],
        }


class HistogramPoint(_Values, frozen=True):
    """Values by bucket."""

    bounds: list[float]
    bucket_counts: list[int]


class Buckets(Struct, frozen=True):
    """Counts of adjacent buckets."""

    offset: int
    counts: list[int]


class ExponentialPoint(_Values, frozen=True):
    """Values by bucket, whose bounds are powers."""

    scale: int
    zero_count: int
    positive_bucket: Buckets
    negative_bucket: Buckets


class Gauge(Struct, frozen=True):
    """`gauge`."""

    data_points: list[Point]
    start_time: Time | None
    time: Time

    def readable(self, tags: Tags) -> ReadableGauge:
        """As the SDK has it."""
        return ReadableGauge(_numbers(self.data_points, self.start_time, self.time, tags))


class Sum(Struct, frozen=True):
    """`sum`."""

    data_points: list[Point]
    start_time: Time
    time: Time
    temporality: Temporality
    is_monotonic: bool

    def readable(self, tags: Tags) -> ReadableSum:
        """As the SDK has it."""
        points = _numbers(self.data_points, self.start_time, self.time, tags)
        return ReadableSum(points, _temporality(self.temporality), self.is_monotonic)


class Histogram(Struct, frozen=True):
    """`histogram`."""

    data_points: list[HistogramPoint]
    start_time: Time
    time: Time
    temporality: Temporality

    def readable(self, tags: Tags) -> ReadableHistogram:
        """As the SDK has it."""
        points = [
            HistogramDataPoint(
                bucket_counts=point.bucket_counts,
                explicit_bounds=point.bounds,
                **point.told(tags, self.start_time, self.time),
            )
            for point in self.data_points
        ]
        return ReadableHistogram(points, _temporality(self.temporality))


class Exponential(Struct, frozen=True):
    """`exponential-histogram`."""

    data_points: list[ExponentialPoint]
    start_time: Time
    time: Time
    temporality: Temporality

    def readable(self, tags: Tags) -> ReadableExponential:
        """As the SDK has it."""
        points = [
            ExponentialHistogramDataPoint(
                scale=point.scale,
                zero_count=point.zero_count,
                positive=_buckets(point.positive_bucket),
                negative=_buckets(point.negative_bucket),
                flags=0,
                **point.told(tags, self.start_time, self.time),
            )
            for point in self.data_points
        ]
        return ReadableExponential(points, _temporality(self.temporality))


def _numbers(points: list[Point], start: Time | None, now: Time, tags: Tags) -> list[NumberDataPoint]:
    return [
        NumberDataPoint(
            attributes(point.attributes, tags),
            start.nanos() if start else 0,
            now.nanos(),
            of(point.value),
            [exemplar.readable() for exemplar in point.exemplars],
        )
        for point in points
    ]


def _temporality(temporality: Temporality) -> AggregationTemporality:
    # What is short of memory tells differences.
    cumulative = temporality == "Cumulative"
    return AggregationTemporality.CUMULATIVE if cumulative else AggregationTemporality.DELTA


def _buckets(buckets: Buckets) -> ReadableBuckets:
    return ReadableBuckets(buckets.offset, buckets.counts)


def _known(found: Number | None) -> float:
    # Least and most may be unknown: the protocol lets them out.
    unknown: float = None  # type: ignore[assignment]
    return unknown if found is None else of(found)
