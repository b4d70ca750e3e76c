"""A large body through a server: sent and, where it is echoed, read at the same time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.claim import Unmeasured
from bench.process import HOST

_BLOCK = 256 << 10
_TIMEOUT = 120.0
# Seconds between two looks.
_WATCH = 0.1


def send(port: int, path: str, size: int, *, echoed: bool) -> float:
    """MB/s of a POST of `size` bytes, until the last byte of its answer. Raises Unmeasured for a wrong answer."""
    head = f"POST {path} HTTP/1.1\r\nhost: {HOST}:{port}\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
    with socket.create_connection((HOST, port), timeout=_TIMEOUT) as connection:
        started = time.monotonic()
        connection.sendall(head.encode())
        sender = threading.Thread(target=_send_body, args=(connection, size), daemon=True)
        sender.start()
        try:
            status, received = _read_answer(connection)
        except OSError as error:
            raise Unmeasured(f"no answer: {error!r}") from None
        taken = time.monotonic() - started
        sender.join(_TIMEOUT)
    if status != "200" or (echoed and received < size):
        raise Unmeasured(f"wrong answer: status {status}, {received:,} bytes")
    return size / taken / 1e6


@contextmanager
def sink() -> Iterator[int]:
    """The port of a server that reads a request's body, throws it away, and answers without words."""
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_swallow_each, args=(listener,), daemon=True).start()
        port: int = listener.getsockname()[1]
        try:
            yield port
        finally:
            listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def watching(weigh: Callable[[], int]) -> Iterator[list[int]]:
    """What `weigh` gives during the block, again and again, and at its end."""
    seen: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_WATCH):
            seen.append(weigh())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
        seen.append(weigh())


def _send_body(connection: socket.socket, size: int) -> None:
    block = bytes(_BLOCK)
    try:
        for start in range(0, size, _BLOCK):
            connection.sendall(block[: size - start])
    except OSError:
        # The answer tells.
        return


def _read_answer(connection: socket.socket) -> tuple[str, int]:
    """The status, and the bytes that came after its line, which are more than the body."""
    buffer = bytearray(_BLOCK)
    count = connection.recv_into(buffer)
    words = bytes(buffer[:64]).decode("latin-1").split(" ", 2)
    received = 0
    while count:
        received += count
        count = connection.recv_into(buffer)
    return words[1] if len(words) > 1 else "none", received


def _swallow_each(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            _swallow(connection)


def _swallow(connection: socket.socket) -> None:
    buffer = bytearray(_BLOCK)
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(4096)
        if not part:
            return
        head += part
    fields, _, body = head.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in fields.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = int(lengths[0]) - len(body) if lengths else 0
    while left > 0:
        count = connection.recv_into(buffer)
        if not count:
            return
        left -= count
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
