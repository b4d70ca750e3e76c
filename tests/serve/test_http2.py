"""HTTP/2 without TLS, by prior knowledge: the same answers as over HTTP/1.1."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import address

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


@pytest.fixture
def h2() -> Iterator[httpx.Client]:
    with httpx.Client(http1=False, http2=True, timeout=30) as client:
        yield client


def test_a_request_and_its_body_are_answered(kitchen: Up, h2: httpx.Client) -> None:
    sent = b"x" * 300_000
    answer = h2.post(kitchen.url + "/echo", content=sent)
    assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
    assert answer.content == sent


def test_the_guest_sees_the_authority_and_the_hosts_headers(kitchen: Up, h2: httpx.Client) -> None:
    host = kitchen.url.removeprefix("http://")
    assert h2.get(kitchen.url + "/request?a=b").text == f'Method::Get Some(Scheme::Http) "{host}" "/request?a=b"\n'
    seen = h2.get(kitchen.url + "/headers", headers={"spin-full-url": "http://spoofed/"}).text
    assert f"spin-full-url: {kitchen.url}/headers" in seen
    assert "spoofed" not in seen


def test_many_requests_share_one_connection(kitchen: Up, h2: httpx.Client) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: h2.get(kitchen.url + "/sleep?ms=50").text, range(60)))
    assert answers == ["slept"] * 60


def test_a_guest_that_breaks_off_resets_its_stream_only(make_app: MakeApp, h2: httpx.Client) -> None:
    app = '[[trigger.http]]\nroute = "/..."\ncomponent = "k"\n[component.k]\nsource = "<rust-kitchen>"\n'
    limited = make_app(app + 'tool.atoll.limits = { response_bytes = "1MiB" }\n')
    with up(limited, "--workers", "1", "-L", "") as served:
        with pytest.raises(httpx.RemoteProtocolError):
            h2.get(served.url + "/endless")
        assert h2.get(served.url + "/").text == "Hello from the kitchen\n"


def test_too_many_headers_are_refused(kitchen: Up, h2: httpx.Client) -> None:
    answer = h2.get(kitchen.url + "/", headers=[(f"x-{number}", "1") for number in range(200)])
    assert answer.status_code == 431
    assert h2.get(kitchen.url + "/").status_code == 200


def test_noise_after_the_preface_ends_the_connection(kitchen: Up, h2: httpx.Client) -> None:
    with socket.create_connection(address(kitchen.url), timeout=20) as connection:
        connection.sendall(PREFACE + b"no frame at all, but rather a lot of text that means nothing")
        while connection.recv(1 << 16):
            pass
    assert h2.get(kitchen.url + "/").status_code == 200


def test_a_flood_of_resets_ends_the_connection_and_not_the_server(kitchen: Up, h2: httpx.Client) -> None:
    """CVE-2023-44487: streams that are opened and reset at once."""
    host = kitchen.url.removeprefix("http://").encode()
    # GET, http, /, and the authority as a literal.
    block = b"\x82\x86\x84\x01" + bytes([len(host)]) + host
    with socket.create_connection(address(kitchen.url), timeout=20) as connection:
        connection.sendall(PREFACE + SETTINGS)
        try:
            for stream in range(1, 20_001, 2):
                name = stream.to_bytes(4, "big")
                head = len(block).to_bytes(3, "big") + b"\x01\x05" + name + block
                connection.sendall(head + b"\x00\x00\x04\x03\x00" + name + b"\x00\x00\x00\x08")
            while connection.recv(1 << 16):
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert h2.get(kitchen.url + "/").status_code == 200
