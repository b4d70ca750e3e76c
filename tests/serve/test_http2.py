"""HTTP/2 without TLS, by prior knowledge: the same answers as over HTTP/1.1."""

import asyncio
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import address, answering, built, resident

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SLOW_REQUEST = """
const client = require("node:http2").connect(process.argv[1]);
const stream = client.request({ ":path": "/sleep?ms=1500" });
let status, body = "";
stream.on("ready", () => setTimeout(() => console.log("sent"), 300));
stream.on("response", (headers) => { status = headers[":status"]; });
stream.on("data", (part) => { body += part; });
stream.on("end", () => { console.log(status, body); client.close(); });
"""
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


def test_many_requests_share_one_connection(kitchen: Up) -> None:
    async def ask() -> list[str]:
        # Not from several threads: httpx then numbers streams in one order and sends them in another.
        async with httpx.AsyncClient(http1=False, http2=True, timeout=30) as client:
            asked = (client.get(kitchen.url + "/sleep?ms=50") for _ in range(60))
            return [answer.text for answer in await asyncio.gather(*asked)]

    assert asyncio.run(ask()) == ["slept"] * 60


def test_a_guest_that_breaks_off_resets_its_stream_only(make_app: MakeApp, h2: httpx.Client) -> None:
    app = answering("rust-kitchen")
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


def test_a_stream_in_flight_is_answered_before_the_server_leaves() -> None:
    with up(built("rust-kitchen"), "--workers", "1", "-L", "") as served:
        # httpx takes the announcement that the server leaves for the end of the connection.
        with subprocess.Popen(["node", "-e", SLOW_REQUEST, served.url], stdout=subprocess.PIPE, text=True) as client:
            assert client.stdout is not None
            assert client.stdout.readline() == "sent\n"
            served.signal(signal.SIGTERM)
            assert client.stdout.read() == "200 slept\n"
        assert served.wait() == 0


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame of RFC 9113, 4.1."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def head(served: Up, path: bytes = b"/") -> bytes:
    """The headers of a request: POST, http, and path and authority as literals."""
    host = address(served.url)[0].encode()
    return b"\x83\x86\x04" + bytes([len(path)]) + path + b"\x01" + bytes([len(host)]) + host


def flooded(served: Up, opening: bytes, repeated: bytes, times: int) -> None:
    """Send until all is sent or the server has had enough; it must serve on, and hold little of it."""
    before = resident(served.process.pid)
    with socket.create_connection(address(served.url), timeout=20) as connection, suppress(OSError):
        connection.sendall(PREFACE + SETTINGS + opening)
        for _ in range(times // 100):
            connection.sendall(repeated * 100)
    with httpx.Client(http1=False, http2=True, timeout=30) as client:
        assert client.get(served.url + "/").status_code == 200
    assert resident(served.process.pid) - before < 64 << 20


def test_a_flood_of_resets_is_survived(kitchen: Up) -> None:
    """CVE-2023-44487: streams that are opened and reset at once."""
    block = head(kitchen)
    each = [frame(1, 5, n, block) + frame(3, 0, n, b"\x00\x00\x00\x08") for n in range(1, 20_001, 2)]
    flooded(kitchen, b"", b"".join(each), 100)


def test_headers_that_never_end_are_cut_off(kitchen: Up) -> None:
    """RUSTSEC-2024-0332: CONTINUATION without end."""
    flooded(kitchen, frame(1, 0, 1, head(kitchen)), frame(9, 0, 1, b"\x40\x01a\x01b" * 100), 100_000)


def test_a_flood_of_empty_data_is_survived(kitchen: Up) -> None:
    """RUSTSEC-2026-0258: DATA frames without data."""
    flooded(kitchen, frame(1, 4, 1, head(kitchen, b"/drain")), frame(0, 0, 1), 500_000)


def test_floods_of_settings_and_pings_are_survived(kitchen: Up) -> None:
    flooded(kitchen, b"", frame(4, 0, 0), 200_000)
    flooded(kitchen, b"", frame(6, 0, 0, b"12345678"), 200_000)
