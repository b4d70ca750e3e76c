"""The thread that exports the metrics of a run: the same families as Prometheus sees, under OpenTelemetry's names.

`atoll_request_duration_seconds` is `atoll.request_duration` in seconds: the unit is said apart.
"""

import os
import threading
import time
from collections.abc import Iterator

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)

from atoll.observe.families import FAMILIES, Family
from atoll.observe.otel.documents import scope
from atoll.observe.otel.resource import complain_seldom, resource
from atoll.observe.samples import Buckets, Samples, Value
from atoll.observe.watch import Watch

# Seconds between two exports, unless `OTEL_METRIC_EXPORT_INTERVAL` says otherwise, in milliseconds.
_INTERVAL = 60.0
_UNITS = {"seconds": "s", "bytes": "By"}


class MetricExporter:
    """Exports at intervals until it is stopped, and once more then."""

    def __init__(self, watch: Watch, *, app: str) -> None:
        complain_seldom()
        self._watch = watch
        self._resource = resource(app)
        self._began = time.time_ns()
        self._exporter = OTLPMetricExporter()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="atoll-export-metrics", daemon=True)
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Export the last figures, for at most `patience` seconds."""
        self._stopping.set()
        self._thread.join(patience)
        self._exporter.shutdown()

    def _run(self) -> None:
        interval = _interval()
        while not self._stopping.wait(interval):
            self._export(self._watch.measure())
        self._export(self._watch.last())

    def _export(self, samples: Samples) -> None:
        now = time.time_ns()
        metrics = list(_metrics(samples, self._began, now))
        scoped = ScopeMetrics(scope(), metrics, "")
        self._exporter.export(MetricsData([ResourceMetrics(self._resource, [scoped], "")]))


def _metrics(samples: Samples, began: int, now: int) -> Iterator[Metric]:
    for family in FAMILIES:
        values = samples.values.get(family.name)
        if values:
            name, unit = named(family)
            yield Metric(name, family.help, unit, _data(family, values, began, now))


def named(family: Family) -> tuple[str, str]:
    """The metric's name and unit as OpenTelemetry writes them."""
    name = family.name.replace("_", ".", 1)
    stem, _, last = name.rpartition("_")
    return (stem, _UNITS[last]) if last in _UNITS else (name, "1")


def _data(family: Family, values: dict[tuple[str, ...], Value], began: int, now: int) -> Sum | Gauge | Histogram:
    cumulative = AggregationTemporality.CUMULATIVE
    numbers: list[NumberDataPoint] = []
    histograms: list[HistogramDataPoint] = []
    for labels, value in values.items():
        attributes = dict(zip(family.labels, labels, strict=True))
        if isinstance(value, Buckets):
            histograms.append(_histogram(value, attributes, began, now))
        else:
            numbers.append(NumberDataPoint(attributes, began, now, value))
    if family.kind == "histogram":
        return Histogram(histograms, cumulative)
    return Sum(numbers, cumulative, is_monotonic=True) if family.kind == "counter" else Gauge(numbers)


def _histogram(value: Buckets, attributes: dict[str, str], began: int, now: int) -> HistogramDataPoint:
    # Least and most were not measured: the protocol lets them out.
    unknown: float = None  # type: ignore[assignment]
    return HistogramDataPoint(
        attributes, began, now, sum(value.counts), value.sum, value.counts, value.bounds, unknown, unknown
    )


def _interval() -> float:
    try:
        return max(0.1, float(os.environ["OTEL_METRIC_EXPORT_INTERVAL"]) / 1000)
    except (KeyError, ValueError):
        return _INTERVAL
