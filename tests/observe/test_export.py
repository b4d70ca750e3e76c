"""Export: log records and metrics reach a collector, and a collector that is gone or slow disturbs nobody."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from atoll.observe.families import FAMILIES
from atoll.observe.otel.metrics import named
from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.observe.collector import Collector, values
from tests.observe.conftest import Export
from tests.observe.scrapes import observed
from tests.support import answering, built, get, refused

KITCHEN = answering("rust-kitchen")


def test_lines_and_failures_are_log_records_with_the_trace_of_their_call(export: Export, collector: Collector) -> None:
    with export(KITCHEN) as served:
        get(served.url + "/log?text=hello")
        get(served.url + "/panic")
        collector.wait(lambda: [log for log in collector.logs if log.severity == "ERROR"])
        spans = collector.trace(6)
    by_body = {log.body: log for log in collector.logs}
    out, err = by_body["to stdout: hello"], by_body["to stderr: hello"]
    calls = {span.attributes["atoll.component"]: span for span in spans if span.name == "call k" and not span.failed}
    assert (out.severity, out.number, out.attributes["log.iostream"]) == ("INFO", 9, "stdout")
    assert (err.severity, err.number, err.attributes["log.iostream"]) == ("WARN", 13, "stderr")
    assert (out.trace, out.span) == (calls["k"].trace, calls["k"].span)
    assert out.attributes["atoll.component"] == "k"
    assert out.attributes["atoll.request"] == "1"
    (failure,) = (log for log in collector.logs if log.severity == "ERROR")
    failed = next(span for span in spans if span.name == "call k" and span.failed)
    assert failure.body.startswith("the guest trapped")
    assert "misbehave" in failure.body
    assert (failure.attributes["error.type"], failure.span) == ("guest-trapped", failed.span)
    assert out.resource["service.name"] == "test"


def test_logs_alone_have_no_trace(export: Export, collector: Collector) -> None:
    with export(KITCHEN, OTEL_TRACES_EXPORTER="none", OTEL_METRICS_EXPORTER="none") as served:
        get(served.url + "/log?text=hello")
        collector.wait(lambda: len(collector.logs) == 2)
    assert {log.trace for log in collector.logs} == {""}
    assert collector.spans == []
    assert collector.metrics == {}


@pytest.mark.parametrize("workers", [1, 2])
def test_the_metrics_of_all_workers_are_exported(export: Export, collector: Collector, workers: int) -> None:
    with export(KITCHEN, workers=workers, OTEL_SERVICE_NAME="shop", OTEL_RESOURCE_ATTRIBUTES="place=here") as served:
        for _ in range(10):
            get(served.url + "/log?text=x")

        collector.wait(lambda: requests_of(collector) == 10)
    requests = collector.metrics["atoll.requests"]
    assert requests.sum.is_monotonic
    assert values(requests.sum.data_points[0].attributes) == {"component": "k", "method": "GET", "status": "2xx"}
    duration = collector.metrics["atoll.request_duration"]
    (point,) = (each for each in duration.histogram.data_points if values(each.attributes) == {"component": "k"})
    assert (point.count, sum(point.bucket_counts)) == (10, 10)
    assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
    assert point.sum > 0
    assert collector.units["atoll.request_duration"] == "s"
    assert collector.units["atoll.response_body"] == "By"
    assert set(collector.metrics) == {named(family)[0] for family in FAMILIES}
    assert collector.resources[0]["service.name"] == "shop"
    assert collector.resources[0]["place"] == "here"


def test_the_last_figures_are_exported_at_the_end(export: Export, collector: Collector) -> None:
    with export(KITCHEN, workers=2, OTEL_METRIC_EXPORT_INTERVAL="60000") as served:
        for _ in range(5):
            get(served.url + "/")
    assert requests_of(collector) == 5
    (restarts,) = collector.metrics["atoll.worker_restarts"].sum.data_points
    assert (restarts.as_int, restarts.as_double) == (0, 0)


def test_headers_and_endpoints_of_a_signal_are_honoured(make_app: MakeApp, collector: Collector) -> None:
    env = {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.url + "/v1/traces",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-token=secret",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    with up(make_app(KITCHEN), "--workers", "1", "-L", "", env=env) as served:
        get(served.url + "/log?text=x")
        collector.trace(3)
    assert {headers["x-token"] for headers in collector.headers} == {"secret"}
    assert {headers["content-encoding"] for headers in collector.headers} == {"gzip"}
    assert collector.logs == []
    assert collector.metrics == {}


def test_the_sdk_can_be_disabled(export: Export, collector: Collector) -> None:
    with export(KITCHEN, OTEL_SDK_DISABLED="true") as served:
        get(served.url + "/log?text=x")
        assert "traceparent" not in get(served.url + "/headers").text
    assert collector.requests == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_dead_collector_does_not_disturb_serving_and_the_end_is_quick(make_app: MakeApp, workers: int) -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "50"}
    with up(make_app(KITCHEN), "--workers", str(workers), "-L", "", env=env) as served:
        hammered(served)
        served.wait_for("telemetry is not exported")
        began = time.monotonic()
        assert served.stop() == 0
        assert time.monotonic() - began < 7
    assert served.stderr.count("telemetry is not exported") <= workers + 1
    assert "Traceback" not in served.stderr


@pytest.mark.parametrize("status", [200, 503])
def test_a_slow_collector_does_not_disturb_serving_and_the_end_is_quick(
    export: Export, collector: Collector, status: int
) -> None:
    collector.delay, collector.status = 8.0, status
    with export(KITCHEN) as served:
        hammered(served)
        collector.wait(lambda: collector.requests)
        began = time.monotonic()
        assert served.stop() == 0
        assert time.monotonic() - began < 7
    assert "Traceback" not in served.stderr


def requests_of(collector: Collector) -> float:
    """The requests that the last export counted."""
    metric = collector.metrics.get("atoll.requests")
    points = metric.sum.data_points if metric is not None else []
    return float(sum(point.as_int or point.as_double for point in points))


def hammered(served: Up) -> None:
    """Requests are answered as fast as ever."""
    with httpx.Client(timeout=30) as client:
        began = time.monotonic()
        for _ in range(200):
            assert client.get(served.url + "/").status_code == 200
        assert time.monotonic() - began < 10


def test_what_finds_no_place_is_dropped_and_counted(make_app: MakeApp, collector: Collector) -> None:
    collector.delay = 8.0
    app = make_app(KITCHEN)
    env = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.url + "/v1/traces"}
    with observed(app, env=env) as served:
        with httpx.Client(timeout=30) as client:
            for _ in range(7000):
                client.get(served.app.url + "/")
        dropped = served.scrape().value("atoll_telemetry_dropped_total")
        assert 0 < dropped < 21_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ("OTEL_TRACES_EXPORTER", "jaeger"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "collector:4318"),
    ],
)
def test_what_cannot_be_honoured_is_refused(name: str, value: str) -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_SAMPLER": "traceidratio", name: value}
    told = refused("-f", str(built("c-http")), "--listen", "127.0.0.1:0", env=env)
    assert f"{name} is `{value}`" in told.stderr


IMPORTED = "import sys, atoll.supervisor.worker, atoll.cli.job, atoll.cli.observed; print(*sys.modules)"


def test_what_exports_is_imported_only_where_it_is_on(export: Export, hello: Up) -> None:
    """The protocol's own library is a shared object, so that the kernel tells whether a process has it."""
    libraries = [Path(f"/proc/{pid}/maps").read_text() for pid in (hello.process.pid, *hello.workers())]
    assert not any("google/_upb" in text for text in libraries)
    with export(KITCHEN) as served:
        assert "google/_upb" in Path(f"/proc/{served.process.pid}/maps").read_text()
    modules = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "atoll.observe" in modules
    assert not {"opentelemetry", "prometheus_client", "requests"} & {module.split(".")[0] for module in modules}
