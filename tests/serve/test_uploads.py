"""What becomes of a request's body that its guest does not read."""

import socket
import time
from collections.abc import Iterator

import pytest

from atoll.testing import Up, up
from tests.support import address, built, until_closed

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def served() -> Iterator[Up]:
    with up(built("c-http"), "--workers", "1", "-L", "") as app:
        yield app


def answered(connection: socket.socket) -> bytes:
    """One answer of the guest, which never reads what it was sent."""
    received = b""
    # Chunked where the guest had not ended when its answer began.
    while not received.endswith(b"\r\n0\r\n\r\n" if b"chunked" in received else b"Hello from C\n"):
        part = connection.recv(4096)
        assert part, received
        received += part
    return received


def test_a_body_that_comes_after_the_answer_does_not_end_the_connection(served: Up) -> None:
    with socket.create_connection(address(served.url), timeout=20) as connection:
        for _ in range(3):
            connection.sendall(HEAD % 10)
            assert answered(connection).startswith(b"HTTP/1.1 200")
            connection.sendall(b"0123456789")
        connection.sendall(LAST)
        assert b"Hello from C\n" in until_closed(connection)


def test_a_chunked_body_is_read_to_its_end_too(served: Up) -> None:
    with socket.create_connection(address(served.url), timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        answered(connection)
        connection.sendall(b"3\r\nabc\r\n0\r\n\r\n" + LAST)
        assert b"Hello from C\n" in until_closed(connection)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_that_nobody_reads_ends_the_connection(served: Up, chunked: bool) -> None:
    with socket.create_connection(address(served.url), timeout=20) as connection:
        if chunked:
            connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        else:
            connection.sendall(HEAD % 10_000_000)
        answered(connection)
        # The server may close while this is under way.
        try:
            for _ in range(100):
                connection.sendall(b"186a0\r\n" + b"x" * 100_000 + b"\r\n" if chunked else b"x" * 100_000)
        except OSError:
            return
        assert until_closed(connection) == b""


def test_a_body_that_never_comes_is_waited_for_in_vain_for_a_while(served: Up) -> None:
    with socket.create_connection(address(served.url), timeout=20) as connection:
        connection.sendall(HEAD % 10)
        answered(connection)
        began = time.monotonic()
        assert until_closed(connection) == b""
        assert time.monotonic() - began > 1


def test_who_waits_for_a_hundred_is_answered_and_sends_nothing(served: Up) -> None:
    with socket.create_connection(address(served.url), timeout=20) as connection:
        connection.sendall((HEAD % 10).replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n"))
        assert b"100 Continue" not in answered(connection)
        assert until_closed(connection) == b""
