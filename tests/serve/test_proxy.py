"""`--proxy-protocol`: clients are those whom the proxy in front names, and nobody speaks without being named."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.testing import Up, up
from tests.serve.test_tls import issue
from tests.support import address, answering, get, until_closed, write_app

REQUEST = b"GET /headers HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
V1 = b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def v2(command: int, family: int, rest: bytes) -> bytes:
    """A header of version 2."""
    return SIGNATURE + bytes([0x20 | command, family]) + len(rest).to_bytes(2, "big") + rest


IPV4 = socket.inet_aton("192.0.2.7") + socket.inet_aton("198.51.100.1") + b"\x9c\x40\x01\xbb"
IPV6 = socket.inet_pton(socket.AF_INET6, "2001:db8::7") * 2 + b"\x9c\x40\x01\xbb"
TLV = b"\x04\x00\x10" + b"x" * 16


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    manifest = write_app(tmp_path_factory.mktemp("proxied"), answering("rust-kitchen"))
    flags = ("--workers", "2", "--log-dir", "", "--proxy-protocol", "--access-log", "text")
    with up(manifest, *flags) as app:
        yield app


def ask(app: Up, *parts: bytes, timeout: float = 20) -> bytes:
    with socket.create_connection(address(app.url), timeout=timeout) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.02)
        try:
            return until_closed(connection)
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize(
    ("header", "client"),
    [
        (V1, "192.0.2.7:40000"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n", "[2001:db8::7]:40000"),
        (v2(1, 0x11, IPV4), "192.0.2.7:40000"),
        (v2(1, 0x11, IPV4 + TLV), "192.0.2.7:40000"),
        (v2(1, 0x21, IPV6), "[2001:db8::7]:40000"),
    ],
    ids=["v1 tcp4", "v1 tcp6", "v2 tcp4", "v2 with more", "v2 tcp6"],
)
def test_the_client_is_whom_the_header_names(served: Up, header: bytes, client: str) -> None:
    for parts in ([header + REQUEST], [header, REQUEST], [header[:1], header[1:9], header[9:], REQUEST]):
        answer = ask(served, *parts)
        assert f"\nspin-client-addr: {client}\n".encode() in answer
    served.wait_for(rf" {client.replace('[', '.').replace(']', '.')} GET /headers 200 ", times=3)


@pytest.mark.parametrize(
    "header",
    [b"PROXY UNKNOWN\r\n", v2(0, 0x00, b""), v2(0, 0x11, IPV4), v2(1, 0x31, b"/client".ljust(216, b"\0"))],
    ids=["v1 unknown", "v2 local", "v2 local with addresses", "v2 unix"],
)
def test_a_proxy_that_names_nobody_is_the_client_itself(served: Up, header: bytes) -> None:
    with socket.create_connection(address(served.url), timeout=20) as connection:
        port = connection.getsockname()[1]
        connection.sendall(header + REQUEST)
        assert f"\nspin-client-addr: 127.0.0.1:{port}\n".encode() in until_closed(connection)


@pytest.mark.parametrize(
    "sent",
    [
        REQUEST,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PROXY TCP4 192.0.2.7\r\n" + REQUEST,
        b"PROXY TCP4 192.0.2.256 198.51.100.1 40000 443\r\n" + REQUEST,
        b"PROXY UNKNOWN " + b"x" * 200 + b"\r\n" + REQUEST,
        b"proxy TCP4 192.0.2.7 198.51.100.1 40000 443\r\n" + REQUEST,
        v2(2, 0x11, IPV4) + REQUEST,
        v2(1, 0x11, b"short") + REQUEST,
        v2(1, 0x12, IPV4) + REQUEST,
        v2(1, 0x41, IPV4) + REQUEST,
        v2(1, 0x11, IPV4 + b"x" * 9_000) + REQUEST,
        SIGNATURE + b"\x31\x11\0\x0c" + IPV4 + REQUEST,
    ],
    ids=[
        "none",
        "none, http2",
        "v1 truncated",
        "v1 bad address",
        "v1 too long",
        "v1 small letters",
        "v2 bad command",
        "v2 short",
        "v2 datagrams",
        "v2 bad family",
        "v2 too long",
        "v3",
    ],
)
def test_a_connection_without_a_valid_header_is_closed_at_once(served: Up, sent: bytes) -> None:
    begun = time.monotonic()
    assert ask(served, sent) == b""
    assert time.monotonic() - begun < 5


def test_a_header_that_is_cut_off_by_the_end_is_refused(served: Up) -> None:
    for header in (V1, v2(1, 0x11, IPV4)):
        with socket.create_connection(address(served.url), timeout=20) as connection:
            connection.sendall(header[:-3])
            connection.shutdown(socket.SHUT_WR)
            assert until_closed(connection) == b""


def test_a_header_that_does_not_come_ends_the_connection(tmp_path: Path) -> None:
    from atoll.app import App
    from atoll.host import Host, Job, Settings
    from atoll.host.settings import Http
    from atoll.lock import LockSettings

    app = App.load(write_app(tmp_path, answering("c-http")))
    settings = Settings(listen="127.0.0.1:0", proxy_protocol=True, http=Http(header_timeout_ms=400))
    host = Host(Job(locked=app.lock(LockSettings(working_directory=tmp_path)), settings=settings))
    name, _, port = host.start().partition(":")
    stopping = False
    try:
        for slow in (b"", b"PROXY TCP4 ", SIGNATURE):
            begun = time.monotonic()
            with socket.create_connection((name, int(port)), timeout=20) as connection:
                connection.sendall(slow)
                assert until_closed(connection) == b""
            assert 0.3 < time.monotonic() - begun < 5
    finally:
        stopping = True
        host.serve_until(lambda: stopping)


def test_without_the_option_a_header_is_no_request(kitchen: Up) -> None:
    assert ask(kitchen, V1 + REQUEST).startswith(b"HTTP/1.1 400 ")
    assert b"192.0.2.7" not in ask(kitchen, REQUEST)


def test_the_header_comes_before_tls(tmp_path: Path) -> None:
    files = issue(tmp_path)
    manifest = write_app(tmp_path, answering("rust-kitchen"))
    with up(manifest, "--workers", "1", "--log-dir", "", "--proxy-protocol", *files.flags) as app:
        where = address(app.url.replace("https", "http"))
        with socket.create_connection(where, timeout=20) as connection:
            # In one piece with what follows, too: the handshake must not lose its beginning.
            connection.sendall(v2(1, 0x11, IPV4))
            with files.context.wrap_socket(connection, server_hostname="localhost") as secure:
                secure.sendall(REQUEST)
                assert b"\nspin-client-addr: 192.0.2.7:40000\n" in until_closed(secure)
        with socket.create_connection(where, timeout=20) as bare, pytest.raises((ssl.SSLError, OSError)):
            files.context.wrap_socket(bare, server_hostname="localhost")


def test_a_header_and_a_handshake_in_one_piece_are_told_apart(tmp_path: Path) -> None:
    files = issue(tmp_path)
    manifest = write_app(tmp_path, answering("rust-kitchen"))
    with up(manifest, "--workers", "1", "--log-dir", "", "--proxy-protocol", *files.flags) as app:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = files.context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with pytest.raises(ssl.SSLWantReadError):
            session.do_handshake()
        with socket.create_connection(address(app.url.replace("https", "http")), timeout=20) as connection:
            connection.sendall(V1 + outgoing.read())
            # The server's part of the handshake: a record of this kind.
            assert connection.recv(1) == b"\x16"


HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend one
    bind 127.0.0.1:{first}
    default_backend one
backend one
    server app {app} send-proxy
frontend two
    bind 127.0.0.1:{second}
    default_backend two
backend two
    server app {app} send-proxy-v2 check check-send-proxy inter 200ms
"""


def test_haproxy_in_front_names_its_clients(served: Up, tmp_path: Path) -> None:
    assert shutil.which("haproxy"), "apt-get install haproxy; `make test` does"
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        first, second = one.getsockname()[1], two.getsockname()[1]
    config = tmp_path / "haproxy.cfg"
    config.write_text(HAPROXY.format(first=first, second=second, app=served.url.removeprefix("http://")))
    process = subprocess.Popen(["haproxy", "-db", "-f", str(config)], stderr=subprocess.DEVNULL)
    try:
        for port in (first, second):
            end = time.monotonic() + 20
            while True:
                try:
                    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
                    break
                except ConnectionRefusedError:
                    assert time.monotonic() < end
                    time.sleep(0.05)
            with connection:
                client = f"127.0.0.1:{connection.getsockname()[1]}"
                connection.sendall(REQUEST)
                assert f"\nspin-client-addr: {client}\n".encode() in until_closed(connection)
            assert {get(f"http://127.0.0.1:{port}/").status_code for _ in range(10)} == {200}
    finally:
        process.terminate()
        process.wait(10)
