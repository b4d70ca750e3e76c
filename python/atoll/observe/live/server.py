"""The server that tells pages what happens, for as long as they listen."""

import json
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from atoll.observe import small
from atoll.observe.live.origins import is_from_here

Event = Literal["reload", "building", "failed"]

# Connections at the same time.
_MOST = 100
# Seconds after which it is noticed that a page has gone.
_KEEP_ALIVE = 5.0


class _Now(NamedTuple):
    """How it stands: which app is served, since when, and what has happened since then."""

    version: int
    generation: str
    since: float
    event: tuple[Event, str] | None


class News:
    """What there is to tell, now and from now on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._now = _Now(0, secrets.token_hex(8), time.time(), None)
        self._is_over = False

    def put(self, event: Event, data: str) -> None:
        """From now on that is told."""
        with self._changed:
            if event == "reload":
                self._now = _Now(self._now.version + 1, secrets.token_hex(8), time.time(), None)
            else:
                self._now = self._now._replace(version=self._now.version + 1, event=(event, data))
            self._changed.notify_all()

    def end(self) -> None:
        """Nobody is told anything any more."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def each(self) -> Iterator[_Now]:
        """How it stands now, then each time that it changes, and now and then without a change, until the end."""
        version = -1
        while True:
            with self._changed:
                self._changed.wait_for(partial(self._is_news, version), _KEEP_ALIVE)
                now = self._now
                if self._is_over:
                    return
            version = now.version
            yield now

    def _is_news(self, version: int) -> bool:
        return self._is_over or self._now.version != version


class Server(small.Server):
    """Tells pages of `host`, the address that the app listens on."""

    def __init__(self, family: int, address: Any, host: str, tls: ssl.SSLContext | None) -> None:
        self.news = News()
        self.host = host
        self._tls = tls
        super().__init__(family, address, _Handler, _MOST)

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection."""
        connection, client = super().get_request()
        if self._tls is not None:
            # The handshake is made by the first read, on the connection's own thread.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, client


class _Handler(small.Handler):
    server: Server

    def do_GET(self) -> None:  # noqa: N802
        """Tell what happens for as long as the page listens."""
        origin = self.headers.get("origin")
        if not is_from_here(self.headers.get("host", ""), origin, self.server.host):
            self.send_error(HTTPStatus.FORBIDDEN)
        elif urlsplit(self.path).path != "/events":
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self.send_response(HTTPStatus.OK)
            self.send_header("content-type", "text/event-stream")
            self.send_header("cache-control", "no-store")
            self.send_header("vary", "origin")
            if origin is not None:
                self.send_header("access-control-allow-origin", origin)
            self.end_headers()
            self._tell()

    def _tell(self) -> None:
        before: _Now | None = None
        for now in self.server.news.each():
            if before is None:
                age = round((time.time() - now.since) * 1000)
                self._send("hello", {"generation": now.generation, "age": age, "event": now.event})
            elif now.generation != before.generation:
                self._send("reload", now.generation)
            elif now.event is not None and now != before:
                self._send(*now.event)
            else:
                self.wfile.write(b":\n\n")
            before = now

    def _send(self, event: str, data: object) -> None:
        self.wfile.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
