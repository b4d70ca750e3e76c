"""Below a mount of Starlette, behind each server: bodies come in pieces both ways, clients leave, servers end."""

import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import httpx
import pytest

from tests.asgi.serving import Served, served, wait_until
from tests.support import address, built, until_closed

SERVERS = ["uvicorn", "uvicorn with httptools", "hypercorn", "granian"]
MODULE = """\
from contextlib import asynccontextmanager

import atoll
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

guests = atoll.asgi({guest!r}, limits={{"deadline": "20s"}})


@asynccontextmanager
async def lifespan(app):
    yield
    await guests.drain()
    print("drained", flush=True)


async def idle(request):
    return PlainTextResponse(str(guests.is_idle))


app = Starlette(routes=[Route("/idle", idle), Mount("/guests", guests)], lifespan=lifespan)
"""


def module() -> str:
    return MODULE.format(guest=str(built("rust-kitchen")))


@pytest.fixture(scope="module", params=SERVERS)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The kitchen below `/guests`; `/idle` says whether it is idle."""
    with served(tmp_path_factory.mktemp("server"), module(), request.param) as started:
        yield started


def is_idle(running: Served) -> bool:
    return httpx.get(running.url + "/idle", timeout=30).text == "True"


def test_pieces_go_in_and_come_out_as_they_are(running: Served) -> None:
    with socket.create_connection(address(running.url), timeout=20) as connection:
        connection.sendall(b"POST /guests/echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        received = b""
        for piece in (b"first", b"second", b"third"):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            while piece not in received:
                received += connection.recv(1 << 16)
        connection.sendall(b"0\r\n\r\n")
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received += connection.recv(1 << 16)
    assert re.match(rb"HTTP/1.1 200 ", received)


def test_an_answer_is_heard_while_its_guest_goes_on(running: Served) -> None:
    began = time.monotonic()
    with httpx.stream("GET", running.url + "/guests/stream?chunks=3&size=10&pause=400", timeout=30) as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"x" * 10
        assert time.monotonic() - began < 0.4 + 0.3
        assert not is_idle(running)
        assert b"".join(pieces) == b"x" * 20
    wait_until(lambda: is_idle(running), 5)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /guests/sleep?ms=15000 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /guests/stream?chunks=100000&size=65536 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /guests/spin HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /guests/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\nfirst",
        b"POST /guests/sleep?ms=15000 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nfirst",
    ],
    ids=["waiting", "writing", "computing", "reading", "waiting behind a body"],
)
def test_a_client_that_leaves_ends_its_call(running: Served, sent: bytes) -> None:
    with socket.create_connection(address(running.url), timeout=20) as connection:
        connection.sendall(sent)
        wait_until(lambda: not is_idle(running), 5)
    wait_until(lambda: is_idle(running), 5)


def test_one_connection_serves_many_requests(running: Served) -> None:
    with httpx.Client(base_url=running.url, timeout=30) as client:
        for _ in range(3):
            assert client.head("/guests/").content == b""
            assert client.get("/guests/status?code=204").content == b""
            assert client.get("/guests/panic").status_code == 500
            assert client.post("/guests/echo", content=b"x" * 100_000).content == b"x" * 100_000
            assert client.post("/guests/status?code=201", content=b"x" * 1000).status_code == 201
    wait_until(lambda: is_idle(running), 5)


def test_a_websocket_is_refused(running: Served) -> None:
    head = b"GET /guests/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    head += b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    with socket.create_connection(address(running.url), timeout=20) as connection:
        connection.sendall(head)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 403")
    assert is_idle(running)


@pytest.mark.parametrize("server", ["hypercorn", "granian"])
def test_http_2_carries_bodies_of_unknown_length(server: str, tmp_path: Path) -> None:
    def body() -> Iterator[bytes]:
        for number in range(20):
            yield bytes([number]) * 10_000

    with (
        served(tmp_path, module(), server) as running,
        httpx.Client(base_url=running.url, http1=False, http2=True, timeout=30) as client,
    ):
        assert client.get("/guests/").text == "Hello from the kitchen\n"
        assert client.get("/guests/request").text.startswith('Method::Get Some(Scheme::Http) "127.0.0.1')
        assert client.post("/guests/echo", content=body()).content == b"".join(body())
        assert client.request("GET", "/guests/echo", content=b"with a body").content == b"with a body"
        assert client.head("/guests/").content == b""


def test_trailers_arrive_over_http_2(tmp_path: Path) -> None:
    with served(tmp_path, module(), "hypercorn") as running:
        assert dict(trailers(running, "/guests/trailers"))[b"x-length"] == b"0"


def trailers(running: Served, path: str) -> list[tuple[bytes, bytes]]:
    """What comes behind the body of an answer over HTTP/2."""
    http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
    http.initiate_connection()
    head = [(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "x"), ("te", "trailers")]
    http.send_headers(1, head, end_stream=True)
    with socket.create_connection(address(running.url), timeout=20) as connection:
        while True:
            connection.sendall(http.data_to_send())
            for event in http.receive_data(connection.recv(1 << 16)):
                if isinstance(event, h2.events.TrailersReceived):
                    return list(event.headers or [])
                assert not isinstance(event, h2.events.StreamEnded), "there are no trailers"


@pytest.mark.parametrize("server", SERVERS)
def test_a_call_in_flight_ends_before_its_server_does(server: str, tmp_path: Path) -> None:
    with served(tmp_path, module(), server) as running:
        with httpx.stream("GET", running.url + "/guests/stream?chunks=4&size=10&pause=300", timeout=30) as answer:
            parts = answer.iter_raw()
            received = next(parts)
            running.process.send_signal(signal.SIGTERM)
            received += b"".join(parts)
        assert received == b"x" * 40
        running.process.wait(20)
        assert "drained" in running.said
        assert "Traceback" not in running.said


def test_what_breaks_off_is_never_taken_for_whole(running: Served) -> None:
    with socket.create_connection(address(running.url), timeout=20) as connection:
        connection.sendall(b"GET /guests/late-abort HTTP/1.1\r\nhost: x\r\n\r\n")
        received = until_closed(connection)
    assert received.startswith(b"HTTP/1.1 200")
    assert b"the beginning" in received
    assert not received.endswith(b"0\r\n\r\n")
    assert httpx.get(running.url + "/guests/", timeout=30).status_code == 200
