"""Clients that smuggle, stall, flood and vanish: each gets its answer or is cut off, and the server goes on."""

import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.support import address, built, exchange, get, resident, until_closed

CHUNKED = b"POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
ALIVE = "Hello from the kitchen\n"

FEW_DESCRIPTORS = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (200, {most}))
from atoll.cli import main
main()
"""
REFUSED = {
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a length with a sign": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: +5\r\n\r\nhello",
    "lengths in a list": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5, 6\r\n\r\nhello",
    "a length beyond all": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 18446744073709551616\r\n\r\n",
    "chunks that are not last": b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nhost : x\r\n\r\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nhost: x\r\na: b\rc\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nhost: x\r\n: b\r\n\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_two_readings_of_one_request_are_never_both_taken(kitchen: Up, client: httpx.Client, name: str) -> None:
    """After a request whose end is in doubt, what follows on the connection is no request."""
    answer = exchange(kitchen.url, REFUSED[name] + b"GET /status?code=299 HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b" 299 " not in answer
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5", b"HTTP/1.0 4", b"HTTP/1.1 200"))
    assert client.get(kitchen.url).text == ALIVE


@pytest.mark.parametrize(
    "chunks",
    [b"fffffffffffffffff\r\nx", b"-1\r\nx", b"5\r\nhello", b"zz\r\n", b"5;" + b"a" * 100_000],
    ids=["a size that overflows", "a negative size", "more than was said", "no number", "an endless extension"],
)
def test_what_stands_outside_of_chunks_is_never_body(kitchen: Up, client: httpx.Client, chunks: bytes) -> None:
    with socket.create_connection(address(kitchen.url), timeout=20) as connection, suppress(OSError):
        answer = b""
        connection.sendall(CHUNKED + chunks + b"surplus")
        while part := connection.recv(1 << 16):
            answer += part
        assert b"surplus" not in answer
    assert client.get(kitchen.url).text == ALIVE


def test_trailers_of_a_client_do_not_become_headers(kitchen: Up) -> None:
    head = CHUNKED.replace(b"/echo", b"/headers").replace(b"\r\n\r\n", b"\r\ntrailer: spin-full-url\r\n\r\n")
    answer = exchange(kitchen.url, head + b"0\r\nspin-full-url: http://spoofed/\r\nx-late: 1\r\n\r\n")
    assert b" 200 " in answer
    assert b"spoofed" not in answer
    assert b"x-late" not in answer


def test_a_thousand_requests_at_once_on_one_connection_are_answered_in_order(kitchen: Up) -> None:
    with socket.create_connection(address(kitchen.url), timeout=60) as connection:
        for number in range(1_000):
            connection.sendall(f"GET /status?code={200 + number % 100} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        answers = until_closed(connection)
    codes = [int(line.split()[1]) for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    # A client that closes its side has left: answers may stop early, but never change their order.
    assert codes == [200 + number % 100 for number in range(len(codes))]
    assert len(codes) > 0


def test_expect_continue_is_answered_before_the_body(kitchen: Up) -> None:
    head = b"POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n"
    with socket.create_connection(address(kitchen.url), timeout=30) as connection:
        connection.sendall(head)
        answer = connection.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"hello")
        answer += until_closed(connection)
    assert b" 200 " in answer
    assert b"hello" in answer


def test_clients_that_reset_in_the_middle_leave_nothing_behind() -> None:
    with up(built("rust-kitchen"), "--workers", "1", "-L", "") as served:
        descriptors = Path(f"/proc/{served.process.pid}/fd")
        before = len(list(descriptors.iterdir()))
        for number in range(300):
            connection = socket.create_connection(address(served.url), timeout=20)
            connection.sendall(
                b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n" + b"x" * number * 100
            )
            # Closing with this option sends a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        assert get(served.url).text == ALIVE
        until = time.monotonic() + 20
        while len(list(descriptors.iterdir())) > before + 2 and time.monotonic() < until:
            time.sleep(0.1)
        assert len(list(descriptors.iterdir())) <= before + 2


def test_a_thousand_idle_connections_cost_little_and_hold_nobody_up(kitchen: Up, client: httpx.Client) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4_096)), hard))
    before = resident(kitchen.process.pid)
    with ExitStack() as idle:
        for _ in range(1_000):
            idle.enter_context(socket.create_connection(address(kitchen.url), timeout=20))
        assert client.get(kitchen.url).text == ALIVE
        assert resident(kitchen.process.pid) - before < 64 << 20


@pytest.mark.parametrize(("most", "all_at_once"), [(200, False), (2_000, True)], ids=["hard limit", "soft limit"])
def test_a_server_with_few_descriptors_serves_on(most: int, all_at_once: bool) -> None:
    """Up to the hard limit it takes what it needs; beyond it, it serves again once there is room."""
    limited = FEW_DESCRIPTORS.format(most=most)
    arguments = ["up", "-f", str(built("rust-kitchen")), "--workers", "1", "-L", "", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(
        [sys.executable, "-P", "-c", limited, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split()[1]
        with ExitStack() as held:
            for _ in range(300):
                held.enter_context(socket.create_connection(address(url), timeout=20))
            if all_at_once:
                assert get(url).text == ALIVE
        assert get(url).text == ALIVE
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
