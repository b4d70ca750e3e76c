"""Guests of every shape: what each does ends within its limits, and leaves the server as it was."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.hostile.harm import unharmed
from tests.hostile.wat import GUESTS
from tests.support import address, answering, exchange, get, until_closed, write_app

ENTRY = """\
[[trigger.http]]
route = "/{name}/..."
component = "{name}"
[component.{name}]
source = "{source}"
[component.{name}.tool.atoll.limits]
deadline = "20s"
cpu_time = "400ms"
memory = "32MiB"
table_elements = 100000
handles = 1000
host_call_bytes = "1MiB"
log_bytes = "4kB"
"""
BUILT = (
    "wat-amplify wat-clock-loop wat-crlf wat-initialize-loop wat-length-less wat-length-more wat-list-huge "
    "wat-random-huge wat-realloc-loop wat-field-bomb wat-handle-bomb wat-log-flood"
)
NAMES = [guest.removeprefix("wat-") for guest in BUILT.split()]
CPU = r"the CPU time of 400 ms; `tool\.atoll\.limits\.cpu_time` raises it"
MEMORY = r"the memory limit of 33554432 bytes; `tool\.atoll\.limits\.memory` raises it"
TABLES = r"the table limit of 100000 elements; `tool\.atoll\.limits\.table_elements` raises it"
HANDLES = r"the handle limit of 1000 resources; `tool\.atoll\.limits\.handles` raises it"
HOST_CALL = r"the host-call limit of 1048576 bytes; `tool\.atoll\.limits\.host_call_bytes` raises it"
TRAP = "wasm trap|trapped|panick|stack"

# What the log must say of each; the answer is a 500 or a 504.
SAID: dict[str, str] = {
    "post-return-loop": CPU,
    "destructor-loop": CPU,
    "resource-bomb": "store handle limit exceeded",
    "copy-loop": CPU,
    "table-loop": CPU,
    "grow-loop": CPU,
    "memory-steps": MEMORY,
    "memory64-steps": "",
    "many-memories": MEMORY,
    "table-steps": "",
    "table64-steps": "",
    "big-frames": TRAP,
    "tail-call-trap": TRAP,
    "gc-bomb": "",
    "gc-array": "",
    "exceptions": CPU,
    "amplify": HOST_CALL,
    "clock-loop": CPU,
    "initialize-loop": CPU,
    "list-huge": "",
    "random-huge": "",
    "realloc-loop": CPU,
    "field-bomb": "",
    "handle-bomb": HANDLES,
    "log-flood": CPU,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("guests")
    text = "".join(ENTRY.format(name=name, source=f"<wat-{name}>") for name in NAMES)
    for name, wat in GUESTS.items():
        (folder / f"{name}.wat").write_text(wat)
        text += ENTRY.format(name=name, source=folder / f"{name}.wat")
    text += answering("rust-kitchen").replace("component.k", "component.neighbour").replace('"k"', '"neighbour"')
    with up(write_app(folder, text), "--workers", "1", "-L", "") as served:
        # What a first request makes is not what a hostile one leaves.
        assert get(served.url).status_code == 200
        yield served


@pytest.mark.parametrize("name", SAID)
def test_a_guest_ends_within_its_limits_and_the_log_says_which(served: Up, client: httpx.Client, name: str) -> None:
    with unharmed(served):
        for _ in range(3):
            answer = client.get(f"{served.url}/{name}/")
            assert answer.status_code in (500, 504)
            assert answer.content == b""
            assert client.get(served.url).text == "Hello from the kitchen\n"
    served.wait_for(rf"(?m)^{name}\[.*({SAID[name]})", times=3)


def test_every_guest_is_tried() -> None:
    assert set(SAID) | {"crlf", "length-less", "length-more"} == set(GUESTS) | set(NAMES)


def test_a_guest_cannot_end_its_headers_early(served: Up) -> None:
    with unharmed(served):
        answer = exchange(served.url, b"GET /crlf/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"evil" not in head
    assert b"299" not in answer
    assert body in (b"", b"0\r\n\r\n")


@pytest.mark.parametrize("name", ["length-less", "length-more"])
def test_a_body_that_is_not_as_long_as_announced_never_looks_whole_or_smuggles(
    served: Up, client: httpx.Client, name: str
) -> None:
    follower = b"GET /status?code=288 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with unharmed(served):
        answer = exchange(served.url, f"GET /{name}/ HTTP/1.1\r\nhost: x\r\n\r\n".encode() + follower)
        head, _, body = answer.partition(b"\r\n\r\n")
        own = body.partition(b"HTTP/1.1 288 ")[0]
        assert head.startswith(b"HTTP/1.1 500 ") or (b"content-length: 5" in head and len(own) != 5) or own == b"the b"
        assert b"beginning" not in body
        assert client.get(served.url).text == "Hello from the kitchen\n"


def test_a_request_body_that_never_comes_ends_at_the_deadline(make_app: MakeApp, client: httpx.Client) -> None:
    """7, 51: the guest waits for a stream that nobody writes."""
    app = make_app(answering("rust-kitchen") + 'tool.atoll.limits = { deadline = "500ms" }\n')
    with up(app, "--workers", "1", "-L", "") as served:
        client.get(served.url)
        with unharmed(served), socket.create_connection(address(served.url), timeout=20) as connection:
            began = time.monotonic()
            connection.sendall(b"POST /drain HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nbegun")
            assert not until_closed(connection).endswith(b"0\r\n\r\n")
            assert time.monotonic() - began < 15
        served.wait_for(r"reached the deadline of 500 ms")


def test_the_deadline_of_one_call_does_not_end_its_sibling(make_app: MakeApp) -> None:
    """8."""
    app = make_app(answering("rust-kitchen") + 'tool.atoll.limits = { deadline = "1s" }\n')
    with up(app, "--workers", "1", "-L", "") as served, ThreadPoolExecutor(2) as pool:
        late = pool.submit(get, served.url + "/sleep?ms=20000")
        time.sleep(0.6)
        assert get(served.url + "/sleep?ms=700").text == "slept"
        assert late.result().status_code == 504


def test_a_call_that_waits_often_is_not_charged_for_its_waits(make_app: MakeApp) -> None:
    """6: each wait is longer than an epoch's tick."""
    app = make_app(answering("rust-kitchen") + 'tool.atoll.limits = { deadline = "30s", cpu_time = "200ms" }\n')
    with up(app, "--workers", "1", "-L", "") as served:
        assert get(served.url + "/stream?chunks=400&size=1&pause=5").text == "x" * 400


def test_while_guests_spin_in_every_worker_others_are_answered_soon(make_app: MakeApp, client: httpx.Client) -> None:
    """5, 6: all threads busy at once."""
    app = make_app(answering("rust-kitchen") + 'tool.atoll.limits = { deadline = "20s", cpu_time = "20s" }\n')
    with up(app, "--workers", "2", "-L", "") as served:
        spinning = [threading.Thread(target=_spin, args=(served.url,), daemon=True) for _ in range(6)]
        for each in spinning:
            each.start()
        time.sleep(0.5)
        times = []
        for _ in range(20):
            began = time.monotonic()
            assert get(served.url, timeout=20).status_code == 200
            times.append(time.monotonic() - began)
        # Six spinning calls on two threads: each answer waits for a few slices of a millisecond.
        assert sorted(times)[len(times) // 2] < 2


def _spin(url: str) -> None:
    try:
        get(url + "/spin")
    except httpx.TransportError:
        return


def test_a_long_call_that_fails_after_its_headers_never_ends_cleanly(served: Up) -> None:
    """10: such a guest has a thread of its own, and its body ends there a moment before anybody knows why."""
    ask = b"GET /late-abort HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with ThreadPoolExecutor(8) as clients:
        answers = [*clients.map(lambda _: exchange(served.url, ask), range(300))]
    assert all(b"the beginning" in answer for answer in answers)
    assert not any(answer.endswith(b"0\r\n\r\n") for answer in answers)


def test_an_instance_that_trapped_is_never_called_again(make_app: MakeApp, client: httpx.Client) -> None:
    """10, 48: reuse keeps instances, but not this one."""
    app = make_app(answering("wat-poison") + "tool.atoll.reuse = { max_requests = 100 }\n")
    with up(app, "--workers", "1", "-L", "") as served:
        assert [client.get(served.url).status_code for _ in range(20)] == [200, 500] * 10


def test_an_instance_that_reached_a_limit_is_never_called_again(make_app: MakeApp, client: httpx.Client) -> None:
    """10, 48: CVE-2026-27195 too, a call that is dropped in its midst."""
    app = make_app(
        answering("rust-http-p3")
        + 'tool.atoll.limits = { cpu_time = "200ms" }\ntool.atoll.reuse = { max_requests = 100, concurrency = 4 }\n'
    )
    with up(app, "--workers", "1", "-L", "") as served:
        assert client.get(served.url).status_code == 200
        with unharmed(served):
            for path, status in (("/spin", 500), ("/", 200), ("/panic", 500), ("/", 200)) * 5:
                assert client.get(served.url + path).status_code == status


def test_clients_that_leave_during_calls_leave_reused_instances_whole(make_app: MakeApp, client: httpx.Client) -> None:
    """CVE-2026-27195: the future of a call is dropped."""
    app = make_app(answering("rust-http-p3") + "tool.atoll.reuse = { max_requests = 1000, concurrency = 8 }\n")
    with up(app, "--workers", "1", "-L", "") as served:
        assert client.get(served.url).status_code == 200
        with unharmed(served):
            for _ in range(50):
                with pytest.raises(httpx.TimeoutException):
                    client.get(served.url + "/sleep", timeout=0.01)
                assert client.get(served.url + "/").text == "Hello from Rust 0.3\n"


@pytest.mark.parametrize("size", [1 << 10, 900 << 10])
def test_a_huge_environment_costs_only_the_call_that_reads_it(
    make_app: MakeApp, client: httpx.Client, size: int
) -> None:
    app = make_app(answering("rust-kitchen") + f'environment = {{ HUGE = "{"x" * size}" }}\n')
    with up(app, "--workers", "1", "-L", "") as served:
        client.get(served.url)
        with unharmed(served):
            for _ in range(5):
                answer = exchange(served.url, b"GET /env HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                # Not every version of the guest's libc can read so much.
                assert b"x" * 500 in answer or size > 100_000
                assert client.get(served.url).status_code == 200
