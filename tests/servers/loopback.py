"""The smallest servers on loopback: whatever is sent to one, a function answers it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[bytes], bytes]


@contextmanager
def tcp(answer: Answer) -> Iterator[int]:
    """The port of a server that answers the first bytes of each connection and closes it."""

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(ConnectionError):
                    connection.sendall(answer(connection.recv(1024)))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@contextmanager
def udp(answer: Answer) -> Iterator[int]:
    """The port of a server that answers each datagram, but for empty ones."""

    def serve(bound: socket.socket) -> None:
        with suppress(OSError):
            while True:
                sent, sender = bound.recvfrom(1024)
                if not sent:
                    return
                bound.sendto(answer(sent), sender)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=serve, args=(bound,))
        thread.start()
        yield bound.getsockname()[1]
        bound.sendto(b"", bound.getsockname())
        thread.join()
