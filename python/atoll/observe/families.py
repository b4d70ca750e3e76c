"""Every metric there is: name, kind, labels, meaning. Prometheus, OTLP and the guide tell what stands here."""

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]


class Family(NamedTuple):
    """One metric. The name is Prometheus's, without the `_total` that a counter's samples get."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str

    @property
    def full_name(self) -> str:
        """The name as queries write it; a histogram's has a suffix `_bucket`, `_sum` or `_count` beside."""
        return self.name + "_total" if self.kind == "counter" else self.name


_COMPONENT = ("component",)

FAMILIES: tuple[Family, ...] = (
    Family("atoll_requests", "counter", ("component", "method", "status"), "Requests answered, by class of status."),
    Family(
        "atoll_request_duration_seconds",
        "histogram",
        _COMPONENT,
        "Time from a request's head to the end of its answer's body.",
    ),
    Family("atoll_request_body_bytes", "counter", (), "Bytes of request bodies that were read."),
    Family("atoll_response_body_bytes", "counter", _COMPONENT, "Bytes of response bodies that were sent."),
    Family("atoll_connections_open", "gauge", (), "Client connections that are open."),
    Family("atoll_connections_accepted", "counter", (), "Client connections accepted."),
    Family("atoll_calls_in_flight", "gauge", _COMPONENT, "Calls that run."),
    Family("atoll_calls_waiting", "gauge", _COMPONENT, "Calls that wait in the queue."),
    Family(
        "atoll_calls_refused",
        "counter",
        ("component", "reason"),
        "Calls turned away with 503: queue-full or waited-too-long.",
    ),
    Family(
        "atoll_calls_failed",
        "counter",
        ("component", "code"),
        "Calls that were killed or crashed, by code of the error.",
    ),
    Family("atoll_calls_cancelled", "counter", _COMPONENT, "Calls whose client left before their end."),
    Family("atoll_instances_live", "gauge", _COMPONENT, "Instances that exist."),
    Family("atoll_instances_started", "counter", _COMPONENT, "Instances made."),
    Family(
        "atoll_guest_cpu_seconds",
        "counter",
        _COMPONENT,
        "CPU time of ended calls; those of kept instances are left out.",
    ),
    Family(
        "atoll_call_peak_memory_bytes", "histogram", _COMPONENT, "Most linear memory that an instance held at once."
    ),
    Family("atoll_compile_seconds", "counter", _COMPONENT, "Time spent on compiling."),
    Family(
        "atoll_components_loaded",
        "counter",
        ("component", "source"),
        "Components loaded, from the compiler or the cache.",
    ),
    Family("atoll_log_lines_dropped", "counter", (), "Log lines dropped because files or terminal did not keep up."),
    Family(
        "atoll_telemetry_dropped", "counter", (), "Spans and log records dropped because their export did not keep up."
    ),
    Family("atoll_workers", "gauge", ("state",), "Worker processes: wanted, and serving."),
    Family("atoll_worker_restarts", "counter", (), "Workers that ended by themselves."),
    Family("atoll_workers_unanswered", "counter", (), "Times that a worker did not answer a scrape within a second."),
    Family("atoll_process_resident_memory_bytes", "gauge", ("process",), "Resident memory of a process."),
    Family("atoll_process_open_fds", "gauge", ("process",), "File descriptors that a process holds."),
    Family("atoll_process_cpu_seconds", "counter", ("process",), "CPU time of a process, in user and kernel."),
    Family("atoll_build_info", "gauge", ("version",), "Always 1; the label tells the version."),
)

BY_NAME = {family.name: family for family in FAMILIES}
