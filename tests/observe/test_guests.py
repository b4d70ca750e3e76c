"""What guests tell through wasi:otel and wasi:logging reaches the collector with the host's own, and no more of it."""

import httpx
import pytest

from atoll.testing import up
from tests.conftest import MakeApp
from tests.observe.collector import Collector, Span, values
from tests.observe.conftest import Export
from tests.observe.scrapes import observed
from tests.observe.upstream import Upstream
from tests.support import address, answering, get

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
ROOMS = answering("rust-rooms")
REACHED = "further telemetry of this call is dropped"


def told(collector: Collector, count: int = 1) -> list[Span]:
    """The spans of guests, as soon as so many came."""

    def found() -> list[Span]:
        ours = [span for span in collector.spans if span.scope == "guest"]
        return ours if len(ours) >= count else []

    spans: list[Span] = collector.wait(found)
    return spans


@pytest.mark.parametrize("guest", ["rust-rooms", "python-telling"])
def test_a_guests_span_joins_the_requests_trace(export: Export, collector: Collector, guest: str) -> None:
    with export(answering(guest)) as served:
        get(served.url + "/otel/span?name=cart", headers={"traceparent": PARENT})
        (span,) = told(collector)
        host = collector.wait(lambda: [one for one in collector.spans if one.name == "call k"])
    assert (span.name, span.trace, span.parent) == ("cart", TRACE, host[0].span)
    assert span.attributes["atoll.component"] == "k"
    assert span.attributes["atoll.request"] == "1"
    assert span.resource["service.name"] == "test"


def test_a_span_keeps_what_the_guest_says_of_it(export: Export, collector: Collector) -> None:
    with export(ROOMS) as served:
        get(served.url + "/otel/span?name=cart", headers={"tracestate": "vendor=1", "traceparent": PARENT})
        (span,) = told(collector)
    assert (span.kind, span.failed, span.seconds, span.state) == ("producer", True, 1.0, "vendor=1")


def test_the_guest_learns_where_in_which_trace_it_is(export: Export, collector: Collector) -> None:
    with export(ROOMS, OTEL_TRACES_SAMPLER="always_off") as served:
        outer = get(served.url + "/otel/outer", headers={"traceparent": PARENT}).text
        assert f'trace-id: "{TRACE}"' in outer
        assert "TraceFlags { bits: 0 }" in outer
    with export(ROOMS, OTEL_TRACES_EXPORTER="none") as served:
        outer = get(served.url + "/otel/outer", headers={"traceparent": PARENT}).text
        assert f'trace-id: "{"0" * 32}"' in outer


def test_what_a_guest_asks_of_others_lies_below_its_own_span(
    export: Export, collector: Collector, upstream: Upstream
) -> None:
    with export(ROOMS + f'allowed_outbound_hosts = ["{upstream.url}"]\n') as served:
        host, port = address(upstream.url)
        answer = get(served.url + f"/otel/around?authority={host}:{port}", headers={"traceparent": PARENT})
        assert answer.status_code == 200, answer.text
        (around,) = told(collector)
        client = collector.wait(lambda: [one for one in collector.spans if one.kind == "client"])[0]
    assert (client.parent, client.trace) == (around.span, TRACE)
    assert upstream.requests[0]["traceparent"] == [f"00-{TRACE}-{client.span}-01"]


def test_a_guest_does_not_decide_that_a_trace_is_recorded(export: Export, collector: Collector) -> None:
    with export(ROOMS) as served:
        get(served.url + "/otel/span?name=no", headers={"traceparent": PARENT[:-1] + "0"})
        get(served.url + "/otel/span?name=no&sampled=no", headers={"traceparent": PARENT})
        get(served.url + "/otel/span?name=yes", headers={"traceparent": PARENT})
        assert [span.name for span in told(collector)] == ["yes"]


def test_metrics_are_exported_with_the_component(export: Export, collector: Collector) -> None:
    with export(ROOMS) as served:
        assert get(served.url + "/otel/metrics?value=7").status_code == 200
        collector.wait(lambda: "sum" in collector.metrics)
    (point,) = collector.metrics["sum"].sum.data_points
    assert (point.as_int, values(point.attributes)) == (7, {"given": True, "atoll.component": "k"})
    assert collector.metrics["sum"].sum.is_monotonic
    assert collector.metrics["gauge"].gauge.data_points[0].as_double == 0.5
    histogram = collector.metrics["histogram"].histogram.data_points[0]
    assert (histogram.count, list(histogram.bucket_counts), histogram.max) == (3, [1, 1, 1], 3.0)
    exponential = collector.metrics["exponential"].exponential_histogram.data_points[0]
    assert (exponential.count, exponential.zero_count, exponential.scale) == (2, 1, 1)
    assert {resource["service.name"] for resource in collector.resources} == {"test"}


def test_log_records_are_exported_with_the_trace_of_their_call(export: Export, collector: Collector) -> None:
    with export(ROOMS) as served:
        get(served.url + "/otel/log?severity=14", headers={"traceparent": PARENT})
        # The body is no JSON, so that it stands for itself.
        log = collector.wait(lambda: [log for log in collector.logs if log.severity == "notice"])[0]
        call = collector.wait(lambda: [span for span in collector.spans if span.name == "call k"])[0]
    assert (log.number, log.body, log.trace, log.span) == (14, "", TRACE, call.span)
    assert log.attributes["atoll.component"] == "k"


@pytest.mark.parametrize("guest", ["rust-rooms", "python-telling"])
def test_logged_messages_keep_level_and_context_as_fields(export: Export, collector: Collector, guest: str) -> None:
    levels = {"trace": 1, "debug": 5, "info": 9, "warn": 13, "error": 17, "critical": 21}
    with export(answering(guest)) as served:
        for level in levels:
            get(served.url + f"/logging/log?level={level}&context=shop&text=x")
        collector.wait(lambda: len(collector.logs) == 6)
    assert [log.number for log in collector.logs] == list(levels.values())
    assert [log.severity for log in collector.logs] == ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    assert {log.attributes["atoll.context"] for log in collector.logs} == {"shop"}
    assert all(log.trace for log in collector.logs)


def test_a_hundred_thousand_spans_are_a_thousand_and_a_word_in_the_log(export: Export, collector: Collector) -> None:
    with export(ROOMS) as served:
        get(served.url + "/otel/span?name=x&count=100000")
        served.wait_for(REACHED)
        assert len(told(collector, 1_000)) == 1_000
        get(served.url + "/otel/span?name=next")
        assert [span.name for span in told(collector, 1_001)][-1] == "next"
    assert served.stderr.count(REACHED) == 1


def test_what_is_dropped_is_counted(make_app: MakeApp, collector: Collector) -> None:
    env = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.url + "/v1/traces"}
    with observed(make_app(ROOMS), env=env) as served:
        get(served.app.url + "/otel/span?name=x&count=1500")
        assert served.scrape().value("atoll_telemetry_dropped_total") == 500


def test_more_bytes_than_the_log_limit_are_dropped_and_metrics_say_so(export: Export, collector: Collector) -> None:
    limited = ROOMS + "tool.atoll.limits = { log_bytes = 1000 }\n"
    with export(limited) as served:
        answer = get(served.url + "/otel/metrics")
        assert answer.status_code == 500
        assert REACHED in answer.text
        get(served.url + "/otel/log?count=100")
        served.wait_for(REACHED, times=2)
        collector.wait(lambda: len([log for log in collector.logs if log.severity == "notice"]) >= 1)
    assert len([log for log in collector.logs if log.severity == "notice"]) <= 3


HOSTILE = [
    "id=xyz",
    "id=0000000000000000",
    "id=00000000000000AA",
    "trace=" + "0" * 32,
    "trace=-af7651916cd43dd8448eb211c80319c",
    "end=18446744073709551615",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_no_span_harms_no_other(export: Export, collector: Collector, hostile: str) -> None:
    with export(ROOMS) as served:
        get(served.url + f"/otel/span?name=bad&{hostile}")
        get(served.url + "/otel/span?name=good&id=00000000000000bb")
        collector.wait(lambda: [span for span in collector.spans if span.name == "good"])
        collector.wait(lambda: len([span for span in collector.spans if span.name == "call k"]) == 2)
    assert "Traceback" not in served.stderr


VALUES = ['"x"', "1e999", "[" * 5_000, '{"a":{"b":[1,null,-2.5]}}', "1" * 30, '"\\ud800"', "nul"]
BYTES = '"data:application/octet-stream;base64,AAE="'


@pytest.mark.parametrize("value", [*VALUES, BYTES, '"data:application/octet-stream;base64,?"'])
def test_an_attribute_may_have_any_value(export: Export, collector: Collector, value: str) -> None:
    with export(ROOMS) as served:
        httpx.post(served.url + "/otel/span?name=cart", content=value.encode(), timeout=30)
        (span,) = told(collector)
    assert "given" in span.attributes
    if value == BYTES:
        assert span.attributes["given"] == b"\0\1"


def test_where_nothing_is_exported_it_goes_nowhere(make_app: MakeApp, export: Export, collector: Collector) -> None:
    with export(ROOMS, OTEL_SDK_DISABLED="true") as served:
        for what in ("span?name=x&count=2000", "log?count=2000", "metrics"):
            assert get(served.url + f"/otel/{what}").status_code == 200
    assert collector.requests == 0
    assert REACHED not in served.stderr


def test_spins_flag_is_taken(make_app: MakeApp) -> None:
    with up(make_app(ROOMS), "--experimental-wasi-otel") as served:
        assert get(served.url + "/otel/span?name=x").status_code == 200
