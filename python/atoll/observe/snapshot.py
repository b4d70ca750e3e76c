"""What one process counted so far, as the data plane tells it. The shape is that of `crates/gateway/src/metrics.rs`."""

import msgspec
from msgspec import Struct

from atoll.observe.samples import Buckets, Samples


class Histogram(Struct, frozen=True):
    """Counts by bucket (one more than bounds) and the sum of all values, in the unit of the bounds."""

    bounds: list[int]
    counts: list[int]
    sum: int


class Calls(Struct, frozen=True):
    """The calls of a component. `in_flight`, `waiting` and `live` are states, everything else only grows."""

    in_flight: int
    waiting: int
    live: int
    started: int
    cancelled: int
    refused: dict[str, int]
    failed: dict[str, int]
    cpu_seconds: float
    peak_memory: Histogram


class Component(Struct, frozen=True):
    """The requests and calls of a component; `duration` in nanoseconds."""

    requests: list[tuple[str, str, int]]
    duration: Histogram
    response_bytes: int
    compiled: int
    cached: int
    compile_seconds: float
    calls: Calls


class Snapshot(Struct, frozen=True):
    """One process."""

    components: dict[str, Component]
    connections_open: int
    connections_accepted: int
    request_bytes: int
    log_lines_dropped: int
    telemetry_dropped: int

    def samples(self) -> Samples:
        """The same by metric and labels."""
        samples = Samples()
        samples.put("atoll_connections_open", self.connections_open)
        samples.put("atoll_connections_accepted", self.connections_accepted)
        samples.put("atoll_request_body_bytes", self.request_bytes)
        samples.put("atoll_log_lines_dropped", self.log_lines_dropped)
        samples.put("atoll_telemetry_dropped", self.telemetry_dropped)
        for name, component in self.components.items():
            _component(samples, name, component)
        return samples


def _component(samples: Samples, name: str, component: Component) -> None:
    for method, status, count in component.requests:
        samples.put("atoll_requests", count, name, method, status)
    samples.put("atoll_request_duration_seconds", _buckets(component.duration, 1e9), name)
    samples.put("atoll_response_body_bytes", component.response_bytes, name)
    samples.put("atoll_compile_seconds", component.compile_seconds, name)
    samples.put("atoll_components_loaded", component.compiled, name, "compiler")
    samples.put("atoll_components_loaded", component.cached, name, "cache")
    calls = component.calls
    samples.put("atoll_calls_in_flight", calls.in_flight, name)
    samples.put("atoll_calls_waiting", calls.waiting, name)
    samples.put("atoll_calls_cancelled", calls.cancelled, name)
    samples.put("atoll_instances_live", calls.live, name)
    samples.put("atoll_instances_started", calls.started, name)
    samples.put("atoll_guest_cpu_seconds", calls.cpu_seconds, name)
    samples.put("atoll_call_peak_memory_bytes", _buckets(calls.peak_memory, 1), name)
    for reason, count in calls.refused.items():
        samples.put("atoll_calls_refused", count, name, reason)
    for code, count in calls.failed.items():
        samples.put("atoll_calls_failed", count, name, code)


def _buckets(histogram: Histogram, unit: float) -> Buckets:
    bounds = tuple(bound / unit for bound in histogram.bounds)
    return Buckets(bounds, tuple(histogram.counts), histogram.sum / unit)


_DECODER = msgspec.json.Decoder(Snapshot)


def read(text: str | bytes) -> Snapshot:
    """What `Server.metrics()` of the data plane returned."""
    return _DECODER.decode(text)
