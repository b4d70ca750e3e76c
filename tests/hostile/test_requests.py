"""Requests that mean to get where they may not, or to make the server hold more than it should."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from atoll.testing import Up, up
from tests.hostile.harm import unharmed
from tests.serve.test_http2 import PREFACE, SETTINGS, frame, head
from tests.support import address, answering, exchange, until_closed, write_app

ALIVE = "Hello from the kitchen\n"
SECRET = "a secret of the host"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`/static` is granted to the guest, and a file beside it is not."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "public").mkdir()
    (folder / "public" / "page.txt").write_text("a page")
    (folder / "secret.txt").write_text(SECRET)
    (folder / "public" / "link.txt").symlink_to(folder / "secret.txt")
    mounted = answering("rust-kitchen") + 'files = [{ source = "public", destination = "/static" }]\n'
    fixed = '[[trigger.http]]\nroute = "/private"\nstatic_response = { status_code = 403 }\n'
    with up(write_app(folder, fixed + mounted), "--workers", "1", "-L", "", "--direct-mounts") as served:
        yield served


TRICKS = [
    "/static/../secret.txt",
    "/static/../../secret.txt",
    "/static/./../secret.txt",
    "/static//../secret.txt",
    "/static/page.txt/../../secret.txt",
    "/static/link.txt",
    "/static/link.txt/",
    "static/../secret.txt",
    "../secret.txt",
    "/secret.txt",
    "/etc/passwd",
    "/proc/self/environ",
    "/static/%2e%2e/secret.txt",
    "/static/..%2fsecret.txt",
    "/static/page.txt%00.secret",
    "/static/..\\secret.txt",
    "/static/" + "../" * 500 + "etc/passwd",
    "/static/" + "a/" * 2_000,
]


@pytest.mark.parametrize("path", TRICKS, ids=lambda path: path[:40])
def test_no_path_leads_a_file_server_out_of_its_folder(files: Up, client: httpx.Client, path: str) -> None:
    """55: whatever the guest makes of the client's path, its folder holds."""
    for spelled in {path, path.replace("%2e", ".").replace("%2f", "/")}:
        answer = exchange(
            files.url, f"GET /read?path={spelled} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode()
        )
        assert SECRET.encode() not in answer
        assert b"root:" not in answer
        assert answer.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 "))
    assert client.get(files.url + "/read?path=/static/page.txt").text == "a page"


@pytest.mark.parametrize(
    "path",
    ["/private", "/private/", "/private?x=1", "http://x/private"],
)
def test_a_route_is_not_walked_around(files: Up, path: str) -> None:
    answer = exchange(files.url, f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "target",
    ["//evil.example/private", "/a/../private", "/%70rivate", "/private%00", "/.//private", "/%2e%2e%2fprivate", "*"],
)
def test_a_path_is_taken_as_it_stands(files: Up, client: httpx.Client, target: str) -> None:
    """55: no decoding and no folding before the route, so that guest and router read one path."""
    answer = exchange(files.url, f"GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 404 ", b"HTTP/1.1 400 "))
    assert client.get(files.url).text == ALIVE


def test_a_hundred_gigabytes_that_nobody_reads_are_refused_or_held_back(kitchen: Up, client: httpx.Client) -> None:
    """54: announced, and in chunks without end."""
    announced = b"POST /sleep?ms=1 HTTP/1.1\r\nhost: x\r\ncontent-length: 107374182400\r\n\r\n"
    assert exchange(kitchen.url, announced + b"x" * 1_000).startswith(b"HTTP/1.1 413 ")
    with unharmed(kitchen):
        sent = 0
        with socket.create_connection(address(kitchen.url), timeout=3) as connection, suppress(OSError):
            connection.sendall(b"POST /sleep?ms=4000 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
            until = time.monotonic() + 3
            while time.monotonic() < until:
                sent += connection.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        assert sent < 32 << 20
        assert client.get(kitchen.url).text == ALIVE


def test_a_hundred_thousand_headers_are_cut_off(kitchen: Up, client: httpx.Client) -> None:
    with unharmed(kitchen), socket.create_connection(address(kitchen.url), timeout=10) as connection:
        with suppress(OSError):
            connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
            for number in range(100_000):
                connection.sendall(b"x-%d: 1\r\n" % number)
        with suppress(OSError):
            assert until_closed(connection)[:12] in (b"", b"HTTP/1.1 431")
    assert client.get(kitchen.url).text == ALIVE


def test_a_client_that_closes_its_side_early_harms_nobody(kitchen: Up, client: httpx.Client) -> None:
    """52: half-close before, in and after the request."""
    request = b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello"
    with unharmed(kitchen):
        for length in range(0, len(request) + 1, 3):
            with socket.create_connection(address(kitchen.url), timeout=10) as connection:
                connection.sendall(request[:length])
                connection.shutdown(socket.SHUT_WR)
                answer = until_closed(connection)
                # A body that ends too early is an error of the guest's stream; what it makes of it is its own.
                assert not answer.startswith(b"HTTP/1.1 200") or length >= request.index(b"hello")
                assert answer.endswith(b"hello\r\n0\r\n\r\n") == (length == len(request))
        assert client.get(kitchen.url).text == ALIVE


def test_bodies_that_trickle_are_no_burden(kitchen: Up, client: httpx.Client) -> None:
    """51: a hundred clients that send a byte now and then."""
    with unharmed(kitchen):
        slow = [socket.create_connection(address(kitchen.url), timeout=10) for _ in range(100)]
        for connection in slow:
            connection.sendall(b"POST /drain HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n")
        for _ in range(5):
            for connection in slow:
                connection.sendall(b"x")
            began = time.monotonic()
            assert client.get(kitchen.url).text == ALIVE
            assert time.monotonic() - began < 8
        for connection in slow:
            connection.close()


SPOOFED = [
    "spin-path-info",
    "spin-full-url",
    "spin-matched-route",
    "spin-base-path",
    "spin-component-route",
    "spin-client-addr",
    "SPIN-PATH-MATCH-N",
    "Spin-Full-Url",
]


@pytest.mark.parametrize("name", SPOOFED)
def test_headers_of_the_platform_cannot_be_spoofed(kitchen: Up, name: str) -> None:
    """59."""
    sent = f"GET /headers HTTP/1.1\r\nhost: x\r\n{name}: spoofed\r\nconnection: close\r\n\r\n"
    assert b"spoofed" not in exchange(kitchen.url, sent.encode())


def test_what_a_hop_says_of_itself_does_not_change_who_the_client_is(kitchen: Up) -> None:
    """59: `x-forwarded-*` reach the guest as the client's words; the host's own header is true."""
    claimed = b"x-forwarded-for: 6.6.6.6\r\nforwarded: for=6.6.6.6\r\n"
    sent = b"GET /headers HTTP/1.1\r\nhost: x\r\nconnection: close\r\n" + claimed + b"\r\n"
    lines = exchange(kitchen.url, sent).decode().lower().splitlines()
    assert [line for line in lines if line.startswith("spin-client-addr: 127.0.0.1:")]
    assert not [line for line in lines if line.startswith("spin-") and "6.6.6.6" in line]


@pytest.mark.parametrize(
    "upgrade", ["websocket", "h2c", "TLS/1.0", "x" * 5_000], ids=["websocket", "h2c", "tls", "long"]
)
def test_an_upgrade_that_nobody_offers_is_no_upgrade(kitchen: Up, client: httpx.Client, upgrade: str) -> None:
    """58."""
    sent = (
        f"GET /status?code=204 HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: {upgrade}\r\n"
        "http2-settings: AAMAAABkAAQAAP__\r\nsec-websocket-key: eA==\r\nsec-websocket-version: 13\r\n\r\n"
    )
    with socket.create_connection(address(kitchen.url), timeout=10) as connection:
        connection.sendall(sent.encode())
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 204 ")
    assert client.get(kitchen.url).text == ALIVE


def http2(served: Up, sent: bytes, seconds: float = 3) -> None:
    """Send frames on a connection of its own and keep it for a while, reading nothing."""
    with socket.create_connection(address(served.url), timeout=seconds) as connection, suppress(OSError):
        connection.sendall(PREFACE + sent)
        time.sleep(seconds)


def test_streams_whose_window_is_zero_hold_little(kitchen: Up, client: httpx.Client) -> None:
    """56: a client that asks for endless bodies and takes none of them."""
    no_window = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00"
    block = head(kitchen, b"/endless").replace(b"\x83", b"\x82", 1)
    streams = b"".join(frame(1, 5, number, block) for number in range(1, 100, 2))
    with unharmed(kitchen, seconds=40):
        asking = threading.Thread(target=http2, args=(kitchen, no_window + streams))
        asking.start()
        time.sleep(1)
        assert client.get(kitchen.url).text == ALIVE
        asking.join()


def test_a_small_header_block_that_unpacks_to_a_huge_one_is_refused(kitchen: Up, client: httpx.Client) -> None:
    """56: HPACK: four kilobytes in the table, named ten thousand times."""
    entry = b"\x40\x01a\x7f\xa1\x1e" + b"b" * 4_000
    block = head(kitchen) + entry + b"\xbe" * 10_000
    opened = frame(1, 1, 1, block[:16_000]) + frame(9, 4, 1, block[16_000:])
    with unharmed(kitchen):
        for _ in range(20):
            http2(kitchen, SETTINGS + opened, 0.05)
        assert client.get(kitchen.url).text == ALIVE


@pytest.mark.parametrize(
    "sent",
    [
        frame(0, 0, 0, b"x"),
        frame(1, 5, 2, b"\x82\x86\x84"),
        frame(8, 0, 0, b"\x7f\xff\xff\xff") * 2,
        frame(8, 0, 0, b"\x00\x00\x00\x00"),
        frame(4, 0, 0, b"\x00\x05\xff\xff\xff\xff"),
        frame(4, 1, 0, b"\x00\x05\x00\x00\x40\x00"),
        frame(5, 4, 1, b"\x00\x00\x00\x02\x82"),
        frame(2, 0, 1, b"\x00\x00\x00\x01\x10"),
        frame(6, 0, 0, b"short"),
        frame(7, 0, 0, b"\x00" * 8),
        frame(1, 5, 1, b"\xff" * 100),
        frame(1, 5, 1, b"\x3f\xff\xff\xff\xff\x0f"),
        b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
    ],
    ids=lambda sent: sent[:20].hex(),
)
def test_frames_that_break_the_rules_end_their_connection_only(kitchen: Up, client: httpx.Client, sent: bytes) -> None:
    with unharmed(kitchen):
        for _ in range(10):
            http2(kitchen, SETTINGS + sent, 0.02)
        assert client.get(kitchen.url).text == ALIVE
