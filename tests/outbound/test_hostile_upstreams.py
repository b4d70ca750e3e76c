"""A guest's requests, abused: headers that smuggle, upstreams that never end. Numbers are those of
docs/security-cases.md.
"""

import itertools
import time
from collections.abc import Iterator

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.hostile.harm import unharmed
from tests.outbound.conftest import Upstream
from tests.outbound.test_outbound_http import ALONE, fetched, hosts
from tests.servers.scripted import Script, scripted
from tests.support import get


def passed(served: Up, url: str, header: str) -> tuple[int, str]:
    answer = get(served.url + "/fetch", params={"url": url, "header": header}, timeout=30)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    "header",
    [
        *(
            "connection:close",
            "keep-alive:1",
            "proxy-authorization:x",
            "proxy-connection:x",
            "transfer-encoding:chunked",
        ),
        *("upgrade:websocket", "http2-settings:x", "x:a\r\nevil: b", "x:a\nevil: b", "x:a\0b", "a(b:c", "a\r\n:c"),
    ],
)
def test_headers_of_the_connection_and_line_ends_are_refused(
    make_app: MakeApp, upstream: Upstream, header: str
) -> None:
    """38"""
    with up(make_app(hosts(upstream.url)), *ALONE) as served:
        assert passed(served, upstream.url + "/", header)[0] == 502
    assert upstream.connections == 0


def test_the_host_header_is_that_of_the_url(make_app: MakeApp, upstream: Upstream) -> None:
    """38"""
    with up(make_app(hosts(upstream.url)), *ALONE) as served:
        assert passed(served, upstream.url + "/", "host:evil.example")[0] == 200
    assert upstream.hosts == [f"127.0.0.1:{upstream.port}"]


@pytest.mark.parametrize("path", ["/a\r\nevil: b", "/a\r\n\r\nGET /b", "/\0"])
def test_a_path_ends_no_line(make_app: MakeApp, upstream: Upstream, path: str) -> None:
    """38"""
    with up(make_app(hosts(upstream.url)), *ALONE) as served:
        assert fetched(served, upstream.url + path)[0] in (500, 502)
        assert fetched(served, upstream.url + "/after") == (200, "upstream /after")
    assert upstream.connections == 1


@pytest.mark.parametrize("length", ["5", "-1", "5, 6", "18446744073709551616", "x"])
def test_a_length_that_no_body_has_makes_no_request_of_the_next(
    make_app: MakeApp, upstream: Upstream, length: str
) -> None:
    """38: were the head sent as it is, the upstream would take the next request for the body of this one."""
    with up(make_app(hosts(upstream.url)), *ALONE) as served:
        passed(served, upstream.url + "/first", f"content-length:{length}")
        for number in range(3):
            assert fetched(served, upstream.url + f"/{number}") == (200, f"upstream /{number}")


HEAD = b"HTTP/1.1 200 OK\r\n"


def endless_headers() -> Iterator[bytes]:
    yield HEAD
    yield from (b"x-%d: %s\r\n" % (number, b"y" * 1000) for number in itertools.count())


def endless_line() -> Iterator[bytes]:
    yield HEAD + b"x: "
    yield from itertools.repeat(b"y" * 65536)


def provisional() -> Iterator[bytes]:
    yield from itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def chunk_extension() -> Iterator[bytes]:
    yield HEAD + b"transfer-encoding: chunked\r\n\r\n5;"
    yield from itertools.repeat(b"e" * 65536)


def endless_trailers() -> Iterator[bytes]:
    yield HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    yield from (b"x-%d: %s\r\n" % (number, b"y" * 1000) for number in itertools.count())


def endless_body() -> Iterator[bytes]:
    yield HEAD + b"content-type: text/plain\r\n\r\n"
    yield from itertools.repeat(b"b" * 65536)


def trickle() -> Iterator[bytes]:
    for byte in HEAD:
        time.sleep(0.3)
        yield bytes([byte])


def silence() -> Iterator[bytes]:
    time.sleep(60)
    yield b""


def two_lengths() -> Iterator[bytes]:
    yield HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef"


def two_framings() -> Iterator[bytes]:
    yield HEAD + b"content-length: 50\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"


def huge_length() -> Iterator[bytes]:
    yield HEAD + b"content-length: 18446744073709551615\r\n\r\nx"


def no_http() -> Iterator[bytes]:
    yield b"SSH-2.0-OpenSSH_9.9\r\n" * 100


SCRIPTS: list[Script] = [
    endless_headers,
    endless_line,
    provisional,
    chunk_extension,
    endless_trailers,
    endless_body,
    trickle,
    silence,
    two_lengths,
    two_framings,
    huge_length,
    no_http,
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_an_upstream_that_never_ends_or_makes_sense_costs_one_call(make_app: MakeApp, script: Script) -> None:
    """39"""
    with scripted(script) as port:
        limits = 'tool.atoll.limits = { deadline = "3s", response_bytes = "8MiB" }\n'
        with up(make_app(hosts(f"http://127.0.0.1:{port}") + limits), *ALONE) as served:
            assert get(served.url).status_code == 200
            with unharmed(served):
                for _ in range(3):
                    began = time.monotonic()
                    assert ended(served, f"http://127.0.0.1:{port}/")
                    assert time.monotonic() - began < 15
                    assert get(served.url).status_code == 200


def ended(served: Up, url: str) -> bool:
    """The call ended: with an answer, or a cut one."""
    try:
        return fetched(served, url)[0] in (200, 500, 502, 504)
    except httpx.RemoteProtocolError:
        return True
