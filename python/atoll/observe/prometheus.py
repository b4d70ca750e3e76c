"""Samples in Prometheus's own text, or in OpenMetrics where the scraper asks for it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from atoll.observe.families import FAMILIES, Family, Kind
from atoll.observe.samples import Buckets, Samples, Value

_KINDS: dict[Kind, Any] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}


class _Collector:
    """Hands one set of samples to the library's encoders."""

    def __init__(self, samples: Samples, families: Iterable[Family]) -> None:
        self._samples = samples
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Every family that there is, with the samples that were measured."""
        for family in self._families:
            yield _metric(family, sorted(self._samples.values.get(family.name, {}).items()))


def exposition(samples: Samples, accept: str, families: Iterable[Family] = FAMILIES) -> tuple[bytes, str]:
    """The text of these metrics and its content type, by the `Accept` header of whoever scrapes."""
    registry = CollectorRegistry(support_collectors_without_names=True)
    registry.register(_Collector(samples, families))
    encode: Callable[[CollectorRegistry], bytes]
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _metric(family: Family, values: list[tuple[tuple[str, ...], Value]]) -> Any:
    metric = _KINDS[family.kind](family.name, family.help, labels=family.labels)
    for labels, value in values:
        if isinstance(value, Buckets):
            metric.add_metric(labels, buckets=_cumulative(value), sum_value=value.sum)
        else:
            metric.add_metric(labels, value)
    return metric


def _cumulative(value: Buckets) -> list[tuple[str, float]]:
    bounds = [*map(repr, value.bounds), "+Inf"]
    return list(zip(bounds, accumulate(value.counts), strict=True))
