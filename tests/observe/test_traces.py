"""Traces: each request is a span with its parts below it, and who is called learns of the trace."""

import re
import socket
import time

import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.observe.collector import Collector
from tests.observe.conftest import Export
from tests.observe.upstream import Upstream
from tests.support import address, answering, exchange, get

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
KITCHEN = answering("rust-kitchen")
INNER = """
[[trigger.http]]
route = { private = true }
component = "inner"
[component.inner]
source = "<rust-kitchen>"
"""
WAGI = """
[[trigger.http]]
route = "/wagi"
component = "w"
executor = { type = "wagi" }
[component.w]
source = "<go-wagi-p1>"
"""


def header_of(text: str, name: str) -> list[str]:
    """The values of a header in what the kitchen tells of its request."""
    return re.findall(rf"(?m)^{name}: (.*)$", text)


def test_a_request_is_a_server_span_with_its_call_and_the_start_of_the_instance_below(
    export: Export, collector: Collector
) -> None:
    with export(KITCHEN) as served:
        get(served.url + "/status?code=404&secret=1", headers={"user-agent": "tester"})
        start, call, server = collector.trace(3)
    assert (server.name, server.kind, server.parent) == ("GET /...", "server", "")
    assert server.attributes == {
        "http.request.method": "GET",
        "url.path": "/status",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "client.address": "127.0.0.1",
        "server.address": "127.0.0.1",
        "server.port": address(served.url)[1],
        "user_agent.original": "tester",
        "faas.trigger": "http",
        "http.response.status_code": 404,
        "http.route": "/...",
        "atoll.component": "k",
        "atoll.request": "1",
    }
    assert (call.name, call.kind, call.parent) == ("call k", "internal", server.span)
    assert call.attributes["atoll.component"] == "k"
    assert call.attributes["atoll.cpu_seconds"] > 0
    assert call.attributes["atoll.peak_memory_bytes"] > 0
    assert (start.name, start.kind, start.parent) == ("instantiate", "internal", call.span)
    assert server.seconds >= call.seconds >= start.seconds > 0
    assert {span.trace for span in (server, call, start)} == {server.trace}
    assert not server.failed
    assert server.scope == "atoll"
    assert server.resource["service.name"] == "test"


def test_a_trace_goes_on_from_whoever_called_through_the_guest_to_whom_it_calls(
    export: Export, collector: Collector, upstream: Upstream
) -> None:
    with export(KITCHEN + f'allowed_outbound_hosts = ["{upstream.url}"]\n') as served:
        headers = {"traceparent": PARENT, "tracestate": "vendor=1"}
        get(served.url + "/fetch", params={"url": upstream.url + "/missing?secret=1"}, headers=headers)
        spans = {span.kind if span.name != "instantiate" else "start": span for span in collector.trace(4, TRACE)}
    server, call, client = spans["server"], spans["internal"], spans["client"]
    assert (server.parent, server.state) == ("b7ad6b7169203331", "vendor=1")
    assert (call.parent, client.parent) == (server.span, call.span)
    assert upstream.requests[0]["traceparent"] == [f"00-{TRACE}-{client.span}-01"]
    assert upstream.requests[0]["tracestate"] == ["vendor=1"]
    assert client.name == "GET"
    assert client.attributes["url.full"] == upstream.url + "/missing"
    assert client.attributes["server.address"] == "127.0.0.1"
    assert client.attributes["http.response.status_code"] == 404
    assert client.failed


def test_a_call_inside_the_app_is_part_of_the_trace(export: Export, collector: Collector) -> None:
    hosts = 'allowed_outbound_hosts = ["http://inner.spin.internal", "http://self"]\n'
    with export(KITCHEN + hosts + INNER) as served:
        asked = {"url": "http://inner.spin.internal/headers"}
        seen = get(served.url + "/fetch", params=asked, headers={"traceparent": PARENT}).text
        spans = collector.trace(6, TRACE)
        client = next(span for span in spans if span.kind == "client")
        inner = next(span for span in spans if span.name == "call inner")
        assert inner.parent == client.span
        assert header_of(seen, "traceparent") == [f"00-{TRACE}-{inner.span}-01"]
        collector.spans.clear()
        get(served.url + "/fetch", params={"url": "http://self.alt/headers"}, headers={"traceparent": PARENT})
        assert [span.name for span in collector.trace(6, TRACE)].count("call k") == 2


def test_a_refused_outbound_request_is_a_failed_span(export: Export, collector: Collector, upstream: Upstream) -> None:
    with export(KITCHEN) as served:
        assert get(served.url + "/fetch", params={"url": upstream.url + "/"}).status_code == 502
        client = next(span for span in collector.trace(4) if span.kind == "client")
    assert client.failed
    assert upstream.requests == []


def test_a_guest_that_sets_its_own_context_keeps_it(export: Export, collector: Collector, upstream: Upstream) -> None:
    own = f"00-{TRACE}-1111111111111111-01"
    with export(KITCHEN + f'allowed_outbound_hosts = ["{upstream.url}"]\n') as served:
        answer = get(served.url + "/fetch", params={"url": upstream.url + "/", "traceparent": own})
        assert answer.status_code == 200, answer.text
    assert upstream.requests[0]["traceparent"] == [own]


def test_a_guest_that_passes_on_what_it_got_is_traced_like_one_that_does_not(
    export: Export, collector: Collector, upstream: Upstream
) -> None:
    with export(KITCHEN + f'allowed_outbound_hosts = ["{upstream.url}"]\n') as served:
        headers = {"traceparent": PARENT}
        get(served.url + "/fetch", params={"url": upstream.url + "/", "pass": "1"}, headers=headers)
        client = next(span for span in collector.trace(4, TRACE) if span.kind == "client")
    assert upstream.requests[0]["traceparent"] == [f"00-{TRACE}-{client.span}-01"]


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "00",
        PARENT.upper(),
        PARENT.replace("00-", "ff-", 1),
        PARENT + "-more",
        PARENT[:-1],
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        "00-" + "a" * 5000,
        PARENT.replace("-", "\x1f"),
        PARENT + ", " + PARENT,
    ],
)
def test_a_malformed_parent_begins_a_new_trace(export: Export, collector: Collector, hostile: str) -> None:
    with export(KITCHEN) as served:
        request = f"GET /headers HTTP/1.1\r\nhost: x\r\ntraceparent: {hostile}\r\nconnection: close\r\n\r\n"
        answer = exchange(served.url, request.encode())
        if not answer.startswith(b"HTTP/1.1 200"):
            # A control character is refused with the whole request.
            assert answer.startswith(b"HTTP/1.1 400")
            return
        server = next(span for span in collector.trace(3) if span.kind == "server")
    assert server.parent == ""
    assert server.trace != TRACE
    (seen,) = header_of(answer.decode(), "traceparent")
    assert seen.startswith(f"00-{server.trace}-")


def test_two_parents_are_none(export: Export, collector: Collector) -> None:
    with export(KITCHEN) as served:
        get(served.url + "/", headers=[("traceparent", PARENT), ("traceparent", PARENT)])
        assert {span.trace for span in collector.trace(3)} != {TRACE}


def test_sampling_zero_records_nothing_and_says_so_to_whom_is_called(
    export: Export, collector: Collector, upstream: Upstream
) -> None:
    app = KITCHEN + f'allowed_outbound_hosts = ["{upstream.url}"]\n'
    with export(app, OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0") as served:
        for _ in range(5):
            get(served.url + "/fetch", params={"url": upstream.url + "/"}, headers={"traceparent": PARENT})
    assert collector.spans == []
    assert all(request["traceparent"][0].endswith("-00") for request in upstream.requests)
    assert all(request["traceparent"][0][3:35] == TRACE for request in upstream.requests)


def test_by_default_whoever_calls_decides_what_is_recorded(export: Export, collector: Collector) -> None:
    with export(KITCHEN) as served:
        get(served.url + "/", headers={"traceparent": PARENT[:-1] + "0"})
        get(served.url + "/", headers={"traceparent": PARENT})
        collector.trace(3, TRACE)
    assert len(collector.spans) == 3


def test_a_killed_call_and_a_crash_are_failed_spans(export: Export, collector: Collector) -> None:
    with export(KITCHEN + 'tool.atoll.limits = { deadline = "200ms" }\n') as served:
        assert get(served.url + "/sleep?ms=5000").status_code == 504
        spans = collector.trace(3)
        server, call = (next(span for span in spans if span.name == name) for name in ("GET /...", "call k"))
        assert (server.failed, server.attributes["http.response.status_code"]) == (True, 504)
        assert (call.failed, call.attributes["error.type"]) == (True, "limit-deadline")


def test_the_span_of_a_stream_ends_with_it_and_that_of_a_lost_client_too(export: Export, collector: Collector) -> None:
    with export(KITCHEN) as served:
        get(served.url + "/stream?chunks=3&pause=100&size=1")
        server = next(span for span in collector.trace(3) if span.kind == "server")
        assert server.seconds > 0.25
        collector.spans.clear()
        with socket.create_connection(address(served.url)) as client:
            client.sendall(b"GET /stream?chunks=1000&pause=20 HTTP/1.1\r\nhost: x\r\n\r\n")
            client.recv(100)
        call = next(span for span in collector.trace(3) if span.name == "call k")
        assert call.failed


def test_a_wagi_command_and_a_kept_instance_are_traced(
    export: Export, collector: Collector, upstream: Upstream
) -> None:
    kept = f'allowed_outbound_hosts = ["{upstream.url}"]\ntool.atoll.reuse = {{ max_requests = 10 }}\n'
    with export(KITCHEN + kept + WAGI) as served:
        assert get(served.url + "/wagi", headers={"traceparent": PARENT}).status_code == 200
        assert [span.name for span in collector.trace(3, TRACE)] == ["instantiate", "call w", "GET /wagi"]
        for _ in range(3):
            collector.spans.clear()
            get(served.url + "/fetch", params={"url": upstream.url + "/"}, headers={"traceparent": PARENT})
            spans = collector.wait(lambda: len(collector.spans) >= 3 and list(collector.spans))
            client = next(span for span in spans if span.kind == "client")
            assert upstream.requests[-1]["traceparent"] == [f"00-{TRACE}-{client.span}-01"]


def test_without_export_the_headers_pass_through_unchanged(make_app: MakeApp, upstream: Upstream, kitchen: Up) -> None:
    for given in (PARENT, "malformed"):
        seen = get(kitchen.url + "/headers", headers={"traceparent": given, "tracestate": "a=1"}).text
        assert header_of(seen, "traceparent") == [given]
        assert header_of(seen, "tracestate") == ["a=1"]
    with up(make_app(KITCHEN + f'allowed_outbound_hosts = ["{upstream.url}"]\n'), "--workers", "1", "-L", "") as served:
        get(served.url + "/fetch", params={"url": upstream.url + "/"}, headers={"traceparent": PARENT})
    assert "traceparent" not in upstream.requests[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_waits_is_exported_at_the_end(export: Export, collector: Collector, workers: int) -> None:
    with export(KITCHEN, workers=workers, OTEL_BSP_SCHEDULE_DELAY="60000") as served:
        get(served.url + "/")
        time.sleep(0.3)
        assert collector.spans == []
    assert len(collector.spans) == 3
