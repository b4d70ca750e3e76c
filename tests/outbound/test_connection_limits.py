"""The operator's limits of connections, reached: each with what the guest is told, and that it goes on afterwards."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.outbound.conftest import Upstream
from tests.outbound.test_outbound_http import ALONE, fetched, hosts
from tests.outbound.test_sockets import sent
from tests.servers import loopback
from tests.support import answering


class Slow:
    """A TCP server that answers once it is told to."""

    def __init__(self) -> None:
        self.heard = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self, text: bytes) -> bytes:
        self.heard.release()
        assert self.go.wait(60)
        return b"tcp " + text


@contextmanager
def limited(make_app: MakeApp, config: str, *granted: str) -> Iterator[Up]:
    app = make_app(hosts(*granted) + 'tool.atoll.limits = { deadline = "30s" }\n')
    file = app.parent / "runtime.toml"
    file.write_text(config)
    with up(app, *ALONE, "--runtime-config-file", str(file)) as served:
        yield served


def test_one_http_connection_too_many_is_told_as_the_limit(make_app: MakeApp, upstream: Upstream) -> None:
    config = "[outbound_http]\nmax_connections = 1\n"
    with limited(make_app, config, upstream.url) as served, ThreadPoolExecutor(1) as aside:
        waiting = aside.submit(fetched, served, upstream.url + "/never")
        while upstream.connections == 0:
            pass
        assert fetched(served, upstream.url + "/") == (502, "ErrorCode::ConnectionLimitReached")
        upstream.release.set()
        assert waiting.result()[0] == 200
        assert fetched(served, upstream.url + "/")[0] == 200


def test_an_idle_connection_makes_way_for_another_host(make_app: MakeApp, upstream: Upstream) -> None:
    config = "[outbound_http]\nmax_connections = 1\n"
    other = f"http://localhost:{upstream.port}"
    with limited(make_app, config, upstream.url, other) as served:
        for url in (upstream.url, other, upstream.url):
            assert fetched(served, url + "/")[0] == 200


@pytest.mark.parametrize(("limit", "status"), [("max_connections = 0", 502), ("max_concurrent_requests = 0", 200)])
def test_no_connection_is_none_but_for_spins_older_key(
    make_app: MakeApp, upstream: Upstream, limit: str, status: int
) -> None:
    with limited(make_app, f"[outbound_http]\n{limit}\n", upstream.url) as served:
        assert fetched(served, upstream.url + "/")[0] == status


@pytest.mark.parametrize(("pooling", "connections"), [("true", 1), ("false", 4)])
def test_connections_are_kept_or_not(make_app: MakeApp, upstream: Upstream, pooling: str, connections: int) -> None:
    with limited(make_app, f"[outbound_http]\nconnection_pooling = {pooling}\n", upstream.url) as served:
        for _ in range(4):
            assert fetched(served, upstream.url + "/")[0] == 200
    assert upstream.connections == connections


def test_one_socket_too_many_is_told_as_the_limit(make_app: MakeApp) -> None:
    slow = Slow()
    config = "[outbound_networking]\nmax_socket_connections = 1\n"
    with loopback.tcp(slow) as port, limited(make_app, config, f"tcp://127.0.0.1:{port}") as served:
        with ThreadPoolExecutor(1) as aside:
            waiting = aside.submit(sent, served, port)
            assert slow.heard.acquire(timeout=60)
            status, said = sent(served, port)
            assert (status, "new-socket-limit" in said) == (502, True)
            served.wait_for("as many connections as the runtime config allows")
            slow.go.set()
            assert waiting.result() == (200, "tcp hi")
        # What was open is counted no longer.
        assert [sent(served, port) for _ in range(3)] == [(200, "tcp hi")] * 3


def test_sockets_of_wasi_03_are_counted_and_come_free(make_app: MakeApp) -> None:
    app = make_app(answering("rust-http-p3") + 'allowed_outbound_hosts = ["tcp://127.0.0.1:1"]\n')
    (app.parent / "runtime.toml").write_text("[outbound_networking]\nmax_socket_connections = 3\n")
    told = '3 and then ErrorCode::Other(Some("there are as many sockets as may be"))\n'
    with up(app, *ALONE, "--runtime-config-file", str(app.parent / "runtime.toml")) as served:
        for _ in range(2):
            assert httpx.get(served.url + "/sockets", timeout=60).text == told * 3


def test_all_kinds_are_counted_together(make_app: MakeApp, upstream: Upstream) -> None:
    slow = Slow()
    config = "[outbound_networking]\nmax_total_connections = 1\n"
    with loopback.tcp(slow) as port, limited(make_app, config, f"tcp://127.0.0.1:{port}", upstream.url) as served:
        with ThreadPoolExecutor(1) as aside:
            waiting = aside.submit(sent, served, port)
            assert slow.heard.acquire(timeout=60)
            assert fetched(served, upstream.url + "/") == (502, "ErrorCode::ConnectionLimitReached")
            slow.go.set()
            assert waiting.result()[0] == 200
        assert fetched(served, upstream.url + "/")[0] == 200


def test_a_limit_is_shared_among_the_workers(make_app: MakeApp) -> None:
    """Each has its part, so that together they have no more; one at least, lest a worker be cut off."""
    slow = Slow()
    with loopback.tcp(slow) as port:
        app = make_app(hosts(f"tcp://127.0.0.1:{port}"))
        file = app.parent / "runtime.toml"
        file.write_text("[outbound_networking]\nmax_socket_connections = 4\n")
        with (
            up(app, "--workers", "2", "-L", "", "--runtime-config-file", str(file)) as served,
            ThreadPoolExecutor(32) as many,
        ):
            waiting = [many.submit(sent, served, port) for _ in range(32)]
            # A server that takes one connection at a time has heard the first; the others wait in its queue.
            assert slow.heard.acquire(timeout=60)
            while sum(future.done() for future in waiting) < 28:
                pass
            slow.go.set()
            answers = [future.result() for future in waiting]
    assert sum(status == 200 for status, _ in answers) <= 4
