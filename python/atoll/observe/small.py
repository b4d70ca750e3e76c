"""What the small HTTP servers beside an app have in common: few connections, threads of their own, no words."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

__all__ = ("Handler", "Server")


class Server(ThreadingHTTPServer):
    """Has `most` connections at the same time; beyond them new ones are closed."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, family: int, address: Any, handler: type[BaseHTTPRequestHandler], most: int) -> None:
        self.address_family = family
        self._places = threading.BoundedSemaphore(most)
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind, without asking the resolver for its own name as HTTP servers do."""
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer on a thread of its own while there are places."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and give the place to the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early is no news."""


class Handler(BaseHTTPRequestHandler):
    """Logs nothing. `timeout` is the seconds that a client may take over a request, or to take its answer."""

    timeout = 5.0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Requests are not logged."""

    def version_string(self) -> str:
        """Which Python this is concerns nobody."""
        return "atoll"
