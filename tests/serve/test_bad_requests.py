"""A bad request gets an answer that says so, and the server goes on."""

import socket
import threading
import time

import httpx
import msgspec
import pytest

from atoll.app import App
from atoll.host import Host, Job, Settings
from atoll.host.settings import Http
from atoll.lock import LockSettings
from atoll.testing import Up
from tests.conftest import MakeApp
from tests.support import address, answering, exchange, get, until_closed

BAD = {
    "no HTTP at all": (b"hello there\r\n\r\n", (400,)),
    "binary": (bytes(range(1, 256)) + b"\r\n\r\n", (400,)),
    "a TLS greeting": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n", (400,)),
    "unknown version": (b"GET / HTTP/3.7\r\nhost: x\r\n\r\n", (400, 505)),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", (400,)),
    "two hosts": (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", (400,)),
    "a host that is none": (b"GET / HTTP/1.1\r\nhost: a b\r\n\r\n", (400,)),
    "host and URI disagree": (b"GET http://a/ HTTP/1.1\r\nhost: b\r\n\r\n", (400,)),
    "bad header name": (b"GET / HTTP/1.1\r\nhost: x\r\nbad name: 1\r\n\r\n", (400,)),
    "control byte in a header": (b"GET / HTTP/1.1\r\nhost: x\r\na: b\x00c\r\n\r\n", (400,)),
    "space in the path": (b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n", (400,)),
    "length that is no number": (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: five\r\n\r\n", (400,)),
    "two lengths": (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", (400,)),
    "unknown transfer coding": (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: rot13\r\n\r\n", (400, 501)),
    "a body that is announced too large": (
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n",
        (413,),
    ),
    "too long a URI": (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", (414,)),
    "too large a header": (b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * 70_000 + b"\r\n\r\n", (431,)),
    "too many headers": (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 200 + b"\r\n", (431,)),
    "a proxy request": (b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n", (405,)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_answered_and_the_next_one_served(hello: Up, client: httpx.Client, name: str) -> None:
    sent, statuses = BAD[name]
    answer = exchange(hello.url, sent)
    assert answer.startswith(b"HTTP/1.1 "), f"the connection was dropped: {answer!r}"
    assert int(answer.split()[1]) in statuses
    assert client.get(hello.url).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\nHOST: x\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n", b"GET http://x/ HTTP/1.1\r\nhost: x\r\n\r\n"],
    ids=["upper case", "HTTP/1.0 without a host", "absolute form"],
)
def test_an_unusual_but_good_request_is_served(hello: Up, sent: bytes) -> None:
    answer = exchange(hello.url, sent)
    assert answer.split()[1] == b"200"
    # In chunks where the guest had not ended when its answer began.
    assert b"Hello from C\n" in answer


def test_a_client_that_says_nothing_is_no_burden(hello: Up, client: httpx.Client) -> None:
    idle = [socket.create_connection(address(hello.url)) for _ in range(50)]
    assert client.get(hello.url).status_code == 200
    for connection in idle:
        connection.close()


def test_a_head_that_comes_too_slowly_is_a_408(make_app: MakeApp) -> None:
    app = App.load(make_app('[[trigger.http]]\nroute = "/"\nstatic_response = { body = "x" }\n'))
    settings = Settings(listen="127.0.0.1:0", http=Http(header_timeout_ms=300))
    host = Host(Job(locked=app.lock(LockSettings(working_directory=app.base)), settings=settings))
    where = address("http://" + host.start())
    ended = threading.Event()
    serving = threading.Thread(target=host.serve_until, args=(ended.is_set,))
    serving.start()
    try:
        began = time.monotonic()
        with socket.create_connection(where, timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
            assert until_closed(connection).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < 10
    finally:
        ended.set()
        serving.join()


def test_http_limits_of_the_settings_hold(make_app: MakeApp) -> None:
    app = App.load(make_app(answering("rust-kitchen")))
    settings = Settings(listen="127.0.0.1:0", http=msgspec.structs.replace(Http(), max_body_bytes=10, max_uri_bytes=20))
    host = Host(Job(locked=app.lock(LockSettings(working_directory=app.base)), settings=settings))
    url = "http://" + host.start()
    ended = threading.Event()
    serving = threading.Thread(target=host.serve_until, args=(ended.is_set,))
    serving.start()
    try:
        assert httpx.post(url + "/echo", content=b"0123456789").content == b"0123456789"
        assert httpx.post(url + "/echo", content=b"0123456789a").status_code == 413
        assert get(url + "/" + "a" * 20).status_code == 414
    finally:
        ended.set()
        serving.join()
