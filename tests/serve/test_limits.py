"""Each limit ends the call that reaches it, says so, and harms nobody else."""

import re
import threading
from collections.abc import Iterator

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import answering, exchange, get, refused, write_app

LIMITED = """\
[[trigger.http]]
route = "/..."
component = "free"
[[trigger.http]]
route = "/sleep"
component = "hasty"
[[trigger.http]]
route = "/spin"
component = "frugal"
[[trigger.http]]
route = "/memory"
component = "small"
[[trigger.http]]
route = "/endless"
component = "brief"
[[trigger.http]]
route = "/flood"
component = "quiet"
[[trigger.http]]
route = "/fill"
component = "filler"
[component.filler]
source = "<wat-fill-loop>"
tool.atoll.limits = { deadline = "300ms" }
[[trigger.http]]
route = "/handles"
component = "hoarder"
[component.hoarder]
source = "<wat-handle-bomb>"
tool.atoll.limits = { handles = 500 }
[component.free]
source = "<rust-kitchen>"
[component.hasty]
source = "<rust-kitchen>"
tool.atoll.limits = { deadline = "200ms" }
[component.frugal]
source = "<rust-kitchen>"
tool.atoll.limits = { cpu_time = "100ms" }
[component.small]
source = "<rust-kitchen>"
tool.atoll.limits = { memory = "16MiB" }
[component.brief]
source = "<rust-kitchen>"
tool.atoll.limits = { response_bytes = "64KiB" }
[component.quiet]
source = "<rust-kitchen>"
tool.atoll.limits = { log_bytes = "2kB", cpu_time = "300ms" }
"""


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(write_app(tmp_path_factory.mktemp("limited"), LIMITED), "--workers", "1", "--log-dir", "") as app:
        yield app


@pytest.mark.parametrize(
    ("path", "component", "status", "said"),
    [
        ("/sleep?ms=20000", "hasty", 504, r"reached the deadline of 200 ms; `tool\.atoll\.limits\.deadline` raises it"),
        ("/spin", "frugal", 500, r"reached the CPU time of 100 ms; `tool\.atoll\.limits\.cpu_time` raises it"),
        (
            "/handles",
            "hoarder",
            500,
            r"reached the handle limit of 500 resources; `tool\.atoll\.limits\.handles` raises it",
        ),
        ("/fill", "filler", 504, r"reached the deadline of 300 ms; `tool\.atoll\.limits\.deadline` raises it"),
        (
            "/memory",
            "small",
            500,
            r"reached the memory limit of 16777216 bytes; `tool\.atoll\.limits\.memory` raises it",
        ),
    ],
)
def test_a_call_that_wants_more_is_ended_and_its_log_names_limit_value_and_key(
    limited: Up, client: httpx.Client, path: str, component: str, status: int, said: str
) -> None:
    assert client.get(limited.url + path).status_code == status
    limited.wait_for(rf"(?m)^{component}\[.*{said}")
    assert client.get(limited.url + "/").text == "Hello from the kitchen\n"


@pytest.mark.parametrize("path", ["/sleep?ms=1", "/memory-is-enough", "/stream?chunks=2"])
def test_a_call_within_the_limits_is_left_alone(limited: Up, client: httpx.Client, path: str) -> None:
    assert client.get(limited.url + path).status_code in (200, 404)


def test_a_response_that_grows_too_large_is_cut(limited: Up) -> None:
    answer = exchange(limited.url, b"GET /endless HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert not answer.endswith(b"0\r\n\r\n")
    assert len(answer) < 256 << 10
    limited.wait_for(r"reached the response limit of 65536 bytes; `tool\.atoll\.limits\.response_bytes` raises it")


def test_output_beyond_the_log_limit_is_dropped_and_said_once(limited: Up, client: httpx.Client) -> None:
    client.get(limited.url + "/flood")
    limited.wait_for(r"(?m)^quiet\[.*the log limit is reached; `tool\.atoll\.limits\.log_bytes` raises it")
    words = [
        line for line in (limited.stdout + limited.stderr).splitlines() if line.startswith("quiet[") and "words" in line
    ]
    assert sum(map(len, words)) < 6_000


def test_a_panic_is_an_empty_500_and_the_log_has_the_stack_with_file_and_line(
    limited: Up, client: httpx.Client
) -> None:
    answer = client.get(limited.url + "/panic")
    assert (answer.status_code, answer.content) == (500, b"")
    limited.wait_for(r"free\[.*as asked")
    limited.wait_for(r"free\[.*: +\d+: .*misbehave\.rs:\d+", timeout=5)


@pytest.mark.parametrize("path", ["/error", "/silent", "/exit", "/recurse"])
def test_a_guest_without_an_answer_is_a_500(limited: Up, client: httpx.Client, path: str) -> None:
    assert client.get(limited.url + path).status_code == 500


def test_beyond_concurrency_and_queue_the_answer_is_503_with_retry_after(make_app: MakeApp) -> None:
    app = make_app(answering("rust-kitchen") + "tool.atoll.limits = { concurrency = 2, queue = 1 }\n")
    answers: list[httpx.Response] = []

    def ask(url: str) -> None:
        answers.append(get(url + "/sleep?ms=1000"))

    with up(app, "--workers", "1", "--log-dir", "") as served:
        threads = [threading.Thread(target=ask, args=(served.url,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 503, 503, 503]
        assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 503)
        assert get(served.url + "/").status_code == 200


def test_looping_guests_do_not_stop_the_others(limited: Up, client: httpx.Client) -> None:
    threads = [threading.Thread(target=get, args=(limited.url + "/spin",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert client.get(limited.url + "/").status_code == 200
    for thread in threads:
        thread.join()


def test_flags_override_the_limits_of_every_component(make_app: MakeApp) -> None:
    app = make_app(LIMITED)
    with up(
        app, "--workers", "1", "--log-dir", "", "--request-timeout", "3s", "--max-instance-memory", "8MiB"
    ) as served:
        assert get(served.url + "/sleep?ms=600").text == "slept"
        assert get(served.url + "/memory").status_code == 500
        served.wait_for(r"the memory limit of 8388608 bytes")


def test_a_limit_of_zero_is_refused_with_its_place(make_app: MakeApp) -> None:
    app = make_app(
        '[[trigger.http]]\nroute = "/"\ncomponent = "k"\n[component.k]\nsource = "<c-http>"\n'
        'tool.atoll.limits = { deadline = "0ms" }\n'
    )
    told = refused("-f", str(app), "--listen", "127.0.0.1:0").stderr
    assert re.search(rf"{re.escape(str(app))}:8:\d+", told)
