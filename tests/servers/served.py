"""A small HTTP server on loopback, for APIs whose real servers cannot be had: a function answers each request."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    """An answer: `body` as JSON, or as it is when it is bytes."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Served:
    """The server: what it was asked, how many connections it took. It can be stopped and started at its address."""

    def __init__(self, answer: Callable[[Asked], Said], tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.connections = 0
        self.port = 0
        self._tls = tls
        self._running: _Server | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._running = _Server(self, self._tls)
        self.port = self._running.server_address[1]
        threading.Thread(target=self._running.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Close the listener and every connection, as a crash would."""
        if self._running is not None:
            self._running.shutdown()
            self._running.server_close()
            self._running.cut()
            self._running = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, served: Served, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", served.port), _Handler)
        self.served = served
        self.tls = tls
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.served.connections += 1
        self._open.add(connection)
        return connection, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the connection's own thread: a handshake that hangs holds up no other.
        try:
            if self.tls is None:
                super().finish_request(request, client_address)
            else:
                with self.tls.wrap_socket(request.dup(), server_side=True) as wrapped:
                    super().finish_request(wrapped, client_address)
        except OSError:
            pass  # the client left

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        asked = Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.server.served.asked.append(asked)
        said = self.server.served.answer(asked)
        self.send_response(said.status)
        length = str(len(said.content))
        headers = {"content-type": "application/json", "content-length": length, **said.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said.content)
        # What promises more than it has breaks off.
        self.close_connection = headers["content-length"] != length or self.close_connection

    do_POST = do_PUT = do_PATCH = do_HEAD = do_GET  # noqa: N815 - the names that the standard library calls

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(answer: Callable[[Asked], Said], tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """A running server."""
    server = Served(answer, tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()
