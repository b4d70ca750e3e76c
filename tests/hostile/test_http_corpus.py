"""Requests built from everything that is wrong somewhere: each is answered or its connection is closed, always soon."""

import socket
from contextlib import suppress

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atoll.testing import Up
from tests.hostile.harm import unharmed
from tests.support import address

SECONDS = 10.0
NOISE = st.binary(max_size=12)
METHODS = (
    st.sampled_from([b"GET", b"POST", b"HEAD", b"OPTIONS", b"CONNECT", b"PRI", b"get", b"", b"G\0T", b"X" * 300])
    | NOISE
)
TARGETS = (
    st.sampled_from(
        [
            b"/",
            b"/echo",
            b"/drain",
            b"/headers",
            b"*",
            b"//x/",
            b"http://x/",
            b"https://[::1]:1/",
            b"x:80",
            b"/%00",
            b"/%",
            b"/?" + b"q" * 9_000,
            b"/\xc3\xa9",
            b"/#f",
            b"",
            b"/ ",
            b"/a\tb",
            b"/../..",
            b"http://u:p@x/",
            b"/" + b"../" * 50,
        ]
    )
    | NOISE
)
VERSIONS = st.sampled_from(
    [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.10", b"http/1.1", b"", b"HTTP/1.1 "]
)
NAMES = (
    st.sampled_from(
        [
            b"host",
            b"Host",
            b"content-length",
            b"transfer-encoding",
            b"connection",
            b"expect",
            b"te",
            b"trailer",
            b"upgrade",
            b"spin-full-url",
            b"x",
            b"",
            b" host",
            b"host ",
            b"a:b",
            b"\xff",
            b"cookie",
            b"range",
            b"http2-settings",
            b"n" * 200,
        ]
    )
    | NOISE
)
TEXTS = (
    st.sampled_from(
        [
            b"x",
            b"x:1",
            b"[::1]",
            b"a b",
            b"0",
            b"5",
            b"-1",
            b"+5",
            b"5, 5",
            b"5, 6",
            b"0x5",
            b"99999999999999999999",
            b"chunked",
            b"identity",
            b"chunked, chunked",
            b"gzip, chunked",
            b"close",
            b"keep-alive, close",
            b"100-continue",
            b"h2c",
            b"\0",
            b"v" * 5_000,
            b"",
            b"\x0b",
            b"bytes=0-",
            b"AAMAAABkAAQAAP__",
        ]
    )
    | NOISE
)
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\n ", b""])
SPACES = st.sampled_from([b" ", b" ", b"  ", b"\t", b""])
BODIES = st.sampled_from(
    [
        b"",
        b"hello",
        b"5\r\nhello\r\n0\r\n\r\n",
        b"5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n",
        b"fffffffffffffffff\r\n",
        b"-1\r\n",
        b"5\nhello\n0\n\n",
        b"0\r\n\r\n",
        b"zz\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    ]
)


SELDOM = st.sampled_from([True] + [False] * 7)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """One to three requests on a connection, right but for a part here and there."""

    def mostly(right: bytes, wrong: st.SearchStrategy[bytes]) -> bytes:
        return draw(wrong) if draw(SELDOM) else right

    sent = b""
    for _ in range(draw(st.integers(1, 3))):
        space, end = mostly(b" ", SPACES), mostly(b"\r\n", ENDS)
        sent += (
            mostly(b"POST", METHODS) + space + mostly(b"/echo", TARGETS) + space + mostly(b"HTTP/1.1", VERSIONS) + end
        )
        sent += mostly(b"host: x\r\n", NOISE)
        for _ in range(draw(st.integers(0, 3))):
            sent += (
                mostly(b"x-name", NAMES) + b":" + mostly(b" ", SPACES) + mostly(b"text", TEXTS) + mostly(b"\r\n", ENDS)
            )
        framing = draw(st.sampled_from([b"content-length: 5", b"transfer-encoding: chunked", b"x: y"]))
        sent += framing + mostly(b"\r\n\r\n", ENDS)
        whole = {b"c": b"hello", b"t": b"5\r\nhello\r\n0\r\n\r\n"}.get(framing[:1], b"")
        sent += mostly(whole, BODIES | NOISE)
    return sent


def answered(served: Up, sent: bytes) -> bytes:
    """What comes back. Raises TimeoutError where the server neither answers nor closes."""
    with socket.create_connection(address(served.url), timeout=SECONDS) as connection:
        received = b""
        with suppress(ConnectionError):
            connection.sendall(sent)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                received += part
        return received


def test_whatever_is_sent_is_answered_or_closed(kitchen: Up, client: httpx.Client) -> None:
    tried = good = 0

    @settings(max_examples=1_200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(requests())
    def each(sent: bytes) -> None:
        nonlocal tried, good
        received = answered(kitchen, sent)
        assert not received or received.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ", b"\x00\x00")), received[:200]
        assert b" 500 " not in received.split(b"\r\n")[0]
        tried += 1
        good += received.startswith(b"HTTP/1.1 200")
        if tried % 50 == 0:
            assert client.get(kitchen.url).text == "Hello from the kitchen\n"

    with unharmed(kitchen):
        each()
    # The corpus must reach the guest, too.
    assert tried // 10 < good < tried
