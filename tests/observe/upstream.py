"""A server that guests call, which remembers the headers that it got."""

import http.server
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Upstream:
    """What reached it: the headers of each request, by lower-case name; a name that came twice has two values."""

    url: str
    requests: list[dict[str, list[str]]] = field(default_factory=list)


class _Handler(http.server.BaseHTTPRequestHandler):
    upstream: Upstream

    def do_GET(self) -> None:
        headers = {name.lower(): self.headers.get_all(name) or [] for name in self.headers}
        self.upstream.requests.append(headers)
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"up")

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def upstream_server() -> Iterator[Upstream]:
    """On a free port."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    handler.upstream = upstream = Upstream(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
