"""An OTLP/HTTP receiver that decodes what it is sent."""

import gzip
import http.server
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}


def values(attributes: Any) -> dict[str, Any]:
    """Attributes as plain values."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@dataclass
class Span:
    name: str
    kind: str
    trace: str
    span: str
    parent: str
    state: str
    attributes: dict[str, Any]
    failed: bool
    seconds: float
    resource: dict[str, Any]
    scope: str


@dataclass
class Log:
    severity: str
    number: int
    body: str
    trace: str
    span: str
    attributes: dict[str, Any]
    resource: dict[str, Any]


@dataclass
class Collector:
    """What came so far."""

    url: str = ""
    status: int = 200
    delay: float = 0.0
    requests: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    resources: list[dict[str, Any]] = field(default_factory=list)

    def wait(self, true: Callable[[], Any], timeout: float = 20) -> Any:
        """Wait for what is to come."""
        end = time.monotonic() + timeout
        while not (found := true()):
            assert time.monotonic() < end, f"{self.spans}\n{self.logs}\n{list(self.metrics)}"
            time.sleep(0.02)
        return found

    def trace(self, count: int, identity: str | None = None) -> list[Span]:
        """So many spans of one trace, as soon as they came."""

        def found() -> list[Span]:
            ours = [span for span in self.spans if identity in (None, span.trace)]
            return ours if len(ours) >= count else []

        spans: list[Span] = self.wait(found)
        assert len(spans) == count, [span.name for span in spans]
        return spans

    def take(self, path: str, body: bytes) -> None:
        match path:
            case "/v1/traces":
                self._traces(ExportTraceServiceRequest.FromString(body))
            case "/v1/logs":
                self._logs(ExportLogsServiceRequest.FromString(body))
            case "/v1/metrics":
                self._metrics(ExportMetricsServiceRequest.FromString(body))
            case _:
                raise AssertionError(path)

    def _traces(self, request: Any) -> None:
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        Span(
                            name=span.name,
                            kind=KINDS[span.kind],
                            trace=span.trace_id.hex(),
                            span=span.span_id.hex(),
                            parent=span.parent_span_id.hex(),
                            state=span.trace_state,
                            attributes=values(span.attributes),
                            failed=span.status.code == 2,
                            seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
                            resource=values(resource.resource.attributes),
                            scope=scope.scope.name,
                        )
                    )

    def _logs(self, request: Any) -> None:
        for resource in request.resource_logs:
            for record in (record for scope in resource.scope_logs for record in scope.log_records):
                self.logs.append(
                    Log(
                        severity=record.severity_text,
                        number=record.severity_number,
                        body=record.body.string_value,
                        trace=record.trace_id.hex(),
                        span=record.span_id.hex(),
                        attributes=values(record.attributes),
                        resource=values(resource.resource.attributes),
                    )
                )

    def _metrics(self, request: Any) -> None:
        for resource in request.resource_metrics:
            self.resources.append(values(resource.resource.attributes))
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                self.metrics[metric.name] = metric
                self.units[metric.name] = metric.unit


class _Handler(http.server.BaseHTTPRequestHandler):
    collector: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        collector = self.collector
        collector.requests += 1
        collector.headers.append({name.lower(): value for name, value in self.headers.items()})
        time.sleep(collector.delay)
        if collector.status == 200:
            assert self.headers["content-type"] == "application/x-protobuf"
            collector.take(self.path, gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body)
        self.send_response(collector.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that left while we were slow."""


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port."""
    collector = Collector()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"collector": collector}))
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
