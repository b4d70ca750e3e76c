"""Metrics: what is counted is what happened, in all workers together, and a scrape harms nobody."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from atoll.observe.families import FAMILIES
from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.observe.scrapes import Observed, observed
from tests.support import address, answering, built, exchange, get, refused, write_app

LIMITED = """\
[[trigger.http]]
route = "/..."
component = "free"
[[trigger.http]]
route = "/fixed"
static_response = { body = "fixed" }
[component.free]
source = "<rust-kitchen>"
"""
KILLED = {
    "limit-deadline": ("/sleep?ms=20000", 'deadline = "200ms"'),
    "limit-cpu": ("/spin", 'cpu_time = "100ms"'),
    "limit-memory": ("/memory", 'memory = "16MiB"'),
    "limit-response-bytes": ("/stream?size=65536&chunks=4", 'response_bytes = "64KiB"'),
}
for code, (path, limit) in KILLED.items():
    LIMITED += f"""\
[[trigger.http]]
route = "{path.split("?")[0]}"
component = "{code}"
[component.{code}]
source = "<rust-kitchen>"
tool.atoll.limits = {{ {limit} }}
"""


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    with observed(write_app(tmp_path_factory.mktemp("limited"), LIMITED)) as served:
        yield served


def test_requests_are_counted_by_component_method_and_class_of_status(limited: Observed) -> None:
    before = limited.scrape()
    for code in (200, 404, 404, 503):
        get(limited.app.url + "/status", params={"code": code})
    httpx.post(limited.app.url + "/echo", content=b"x" * 1000)
    get(limited.app.url + "/fixed")
    get(limited.app.url + "/.well-known/spin/health")
    after = limited.scrape()

    def grown(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    assert grown("atoll_requests_total", component="free", method="GET", status="4xx") == 2
    assert grown("atoll_requests_total", component="free", method="GET", status="5xx") == 1
    assert grown("atoll_requests_total", component="free", method="POST", status="2xx") == 1
    assert grown("atoll_requests_total", component="-", method="GET", status="2xx") == 2
    assert grown("atoll_request_duration_seconds_count", component="free") == 5
    assert grown("atoll_request_body_bytes_total") == 1000
    assert grown("atoll_response_body_bytes_total", component="free") == 1000
    assert grown("atoll_instances_started_total", component="free") == 5
    assert grown("atoll_guest_cpu_seconds_total", component="free") > 0
    assert grown("atoll_call_peak_memory_bytes_count", component="free") == 5
    assert grown("atoll_call_peak_memory_bytes_sum", component="free") > 5 * 65536
    assert grown("atoll_connections_accepted_total") >= 7


@pytest.mark.parametrize("code", KILLED)
def test_a_killed_call_is_counted_by_what_killed_it(limited: Observed, code: str) -> None:
    before = limited.scrape()
    exchange(limited.app.url, f"GET {KILLED[code][0]} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    after = limited.scrape()
    assert after.value("atoll_calls_failed_total", component=code, code=code) == 1
    assert after.value("atoll_calls_failed_total") - before.value("atoll_calls_failed_total") == 1
    assert after.value("atoll_instances_live", component=code) == 0


def test_a_trap_and_a_guest_without_response_are_counted(limited: Observed) -> None:
    get(limited.app.url + "/panic")
    get(limited.app.url + "/silent")
    told = limited.scrape()
    assert told.value("atoll_calls_failed_total", component="free", code="guest-trapped") == 1
    assert told.value("atoll_calls_failed_total", component="free", code="guest-no-response") == 1


def test_a_stream_is_in_flight_until_its_end(make_app: MakeApp) -> None:
    with observed(make_app(answering("rust-kitchen"))) as served:
        with httpx.stream("GET", served.app.url + "/stream?chunks=4&pause=250&size=10") as answer:
            told = served.scrape()
            assert told.value("atoll_calls_in_flight", component="k") == 1
            assert told.value("atoll_instances_live", component="k") == 1
            assert told.value("atoll_connections_open") == 1
            assert told.value("atoll_request_duration_seconds_count", component="k") == 0
            assert len(answer.read()) == 40
        told = served.scrape()
        assert told.value("atoll_calls_in_flight") == 0
        assert told.value("atoll_instances_live") == 0
        assert told.value("atoll_request_duration_seconds_sum", component="k") > 0.9
        assert told.value("atoll_response_body_bytes_total", component="k") == 40


def test_a_client_that_leaves_is_counted_as_cancelled(make_app: MakeApp) -> None:
    with observed(make_app(answering("rust-kitchen"))) as served:
        with socket.create_connection(address(served.app.url)) as client:
            client.sendall(b"GET /stream?chunks=1000&pause=20 HTTP/1.1\r\nhost: x\r\n\r\n")
            client.recv(100)
        until = time.monotonic() + 10
        while not served.scrape().value("atoll_calls_cancelled_total", component="k"):
            assert time.monotonic() < until


def test_waiting_and_refused_calls_are_counted(make_app: MakeApp) -> None:
    limits = 'tool.atoll.limits = { concurrency = 1, queue = 1, deadline = "20s" }\n'
    with observed(make_app(answering("rust-kitchen") + limits)) as served:
        statuses: list[int] = []

        def call() -> None:
            statuses.append(get(served.app.url + "/sleep?ms=2000").status_code)

        calls = [threading.Thread(target=call) for _ in range(4)]
        for each in calls:
            each.start()
        until = time.monotonic() + 10
        while (told := served.scrape()).value("atoll_calls_refused_total", reason="queue-full") < 2:
            assert time.monotonic() < until
        assert told.value("atoll_calls_in_flight", component="k") == 1
        assert told.value("atoll_calls_waiting", component="k") == 1
        for each in calls:
            each.join()
        assert sorted(statuses) == [200, 200, 503, 503]
        assert served.scrape().value("atoll_calls_waiting", component="k") == 0


def test_kept_instances_are_counted_once(make_app: MakeApp) -> None:
    reuse = "tool.atoll.reuse = { max_requests = 100 }\n"
    with observed(make_app(answering("rust-kitchen") + reuse)) as served:
        for _ in range(10):
            assert get(served.app.url + "/").status_code == 200
        told = served.scrape()
        assert told.value("atoll_instances_started_total", component="k") < 10
        assert told.value("atoll_request_duration_seconds_count", component="k") == 10
        assert told.value("atoll_calls_in_flight", component="k") == 0


def test_compiling_is_counted_and_so_is_the_cache(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> None:
    app, cache = make_app(answering("c-http")), str(tmp_path_factory.mktemp("cache"))
    with observed(app, "--cache-dir", cache, workers=2) as served:
        told = served.scrape()
        assert told.value("atoll_components_loaded_total", component="k", source="compiler") == 1
        assert told.value("atoll_components_loaded_total", component="k", source="cache") == 1
        assert told.value("atoll_compile_seconds_total", component="k") > 0


def test_the_figures_of_all_workers_are_added_and_outlive_a_worker(make_app: MakeApp) -> None:
    with observed(make_app(answering("rust-kitchen")), workers=3) as served:
        for _ in range(60):
            get(served.app.url + "/")
        before = served.scrape()
        assert before.value("atoll_requests_total", component="k") == 60
        assert before.value("atoll_workers", state="serving") == 3
        victim = served.app.workers()[1]
        os.kill(victim, signal.SIGKILL)
        served.app.wait_for("serves again")
        after = served.scrape()
        assert after.value("atoll_requests_total", component="k") == 60
        assert after.value("atoll_worker_restarts_total") == 1
        assert after.value("atoll_workers", state="serving") == 3
        for name in ("resident_memory_bytes", "open_fds"):
            figures = [after.value("atoll_process_" + name, process=f"worker-{index}") for index in range(3)]
            assert all(figure > 1 for figure in figures)
        assert after.value("atoll_process_resident_memory_bytes", process="supervisor") > 1e6


def test_a_worker_that_does_not_answer_is_left_out_and_its_totals_stay(make_app: MakeApp) -> None:
    with observed(make_app(answering("rust-kitchen")), workers=2) as served:
        for _ in range(20):
            get(served.app.url + "/")
        assert served.scrape().value("atoll_requests_total", component="k") == 20
        victim = served.app.workers()[0]
        os.kill(victim, signal.SIGSTOP)
        try:
            began = time.monotonic()
            told = served.scrape()
            assert 0.9 < time.monotonic() - began < 10
            assert told.value("atoll_workers_unanswered_total") == 1
            assert told.value("atoll_requests_total", component="k") == 20
        finally:
            os.kill(victim, signal.SIGCONT)
        until = time.monotonic() + 10
        while served.scrape().value("atoll_workers_unanswered_total") > 1:
            assert time.monotonic() < until
        get(served.app.url + "/")
        assert served.scrape().value("atoll_requests_total", component="k") == 21


def test_scrapes_do_not_disturb_serving(make_app: MakeApp) -> None:
    with observed(make_app(answering("c-http")), workers=2) as served:
        stop = threading.Event()

        def scrape() -> None:
            while not stop.is_set():
                served.scrape()

        scrapers = [threading.Thread(target=scrape) for _ in range(4)]
        for each in scrapers:
            each.start()
        with httpx.Client(timeout=30) as client:
            assert {client.get(served.app.url + "/").status_code for _ in range(300)} == {200}
        stop.set()
        for each in scrapers:
            each.join()
        assert served.scrape().value("atoll_requests_total", component="k") == 300


def test_idle_connections_to_the_monitor_do_not_keep_a_scrape_waiting(make_app: MakeApp) -> None:
    with observed(make_app(answering("c-http"))) as served:
        idle = [socket.create_connection(address(served.base)) for _ in range(20)]
        assert served.scrape().value("atoll_build_info") == 1
        for each in idle:
            each.close()


def test_open_metrics_are_told_to_who_asks_for_them(limited: Observed) -> None:
    accept = "application/openmetrics-text; version=1.0.0"
    answer = get(limited.base + "/metrics", headers={"accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_every_metric_there_is_can_be_seen_in_a_scrape(limited: Observed) -> None:
    get(limited.app.url + "/")
    told = limited.scrape()
    suffixed = {family.full_name + ("_count" if family.kind == "histogram" else "") for family in FAMILIES}
    assert suffixed - told.names() == set()


def test_without_the_option_nothing_is_measured_and_nothing_listens(hello: Up) -> None:
    assert "metrics" not in hello.stderr
    connections = Path(f"/proc/{hello.process.pid}/net/tcp").read_text()
    inodes = {os.readlink(fd) for fd in Path(f"/proc/{hello.process.pid}/fd").iterdir() if fd.is_symlink()}
    listening = [line.split() for line in connections.splitlines()[1:] if line.split()[3] == "0A"]
    ports = {int(fields[1].rpartition(":")[2], 16) for fields in listening if f"socket:[{fields[9]}]" in inodes}
    assert ports <= {address(hello.url)[1]}


def test_an_address_that_is_taken_is_refused_with_a_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        there = f"127.0.0.1:{taken.getsockname()[1]}"
        told = refused("-f", str(built("c-http")), "--listen", "127.0.0.1:0", "--metrics", there)
    assert f"cannot listen on {there}" in told.stderr
    assert "--metrics" in told.stderr


def test_an_address_that_is_none_is_refused() -> None:
    assert "is not an address" in refused("-f", str(built("c-http")), "--metrics", "nowhere").stderr


def test_the_variable_stands_for_the_option() -> None:
    with up(built("c-http"), "--workers", "1", "-L", "", env={"ATOLL_METRICS": "127.0.0.1:0"}) as served:
        served.wait_for(r"metrics on http://127\.0\.0\.1:\d+/metrics")
