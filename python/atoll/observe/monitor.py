"""The server of `/metrics`, `/livez` and `/readyz`: on its own address and threads, never the app's listener."""

import errno
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from atoll.errors import UserError
from atoll.observe.profiling import together
from atoll.observe.small import Handler, Server
from atoll.observe.watch import Watch

# Connections at the same time.
_MOST = 32
# Seconds that a profile may take.
_LONGEST_PROFILE = 600


class _Server(Server):
    def __init__(self, family: int, address: Any, watch: Watch, profiles: bool) -> None:
        self.profiles = profiles
        self.watch = watch
        super().__init__(family, address, _Handler, _MOST)


class _Handler(Handler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802
        """Answer one of the three paths."""
        url = urlsplit(self.path)
        verbose = "verbose" in parse_qs(url.query, keep_blank_values=True)
        match url.path:
            case "/metrics":
                self._metrics()
            case "/livez":
                self._health(True, "alive", verbose)
            case "/readyz":
                ready = self.server.watch.health.ready
                self._health(ready, "ready" if ready else "not ready", verbose)
            case "/profile" if self.server.profiles:
                self._profile(parse_qs(url.query, keep_blank_values=True))
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"there are /metrics, /livez and /readyz\n", "text/plain")

    do_HEAD = do_GET  # noqa: N815

    def _metrics(self) -> None:
        from atoll.observe.prometheus import exposition

        text, content_type = exposition(self.server.watch.measure(), self.headers.get("accept", ""))
        self._answer(HTTPStatus.OK, text, content_type)

    def _profile(self, query: dict[str, list[str]]) -> None:
        try:
            seconds = float(query.get("seconds", ["10"])[-1])
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= _LONGEST_PROFILE:
            text = f"seconds must be a number above 0, and {_LONGEST_PROFILE} at most\n"
            self._answer(HTTPStatus.BAD_REQUEST, text.encode(), "text/plain")
            return
        gathered = self.server.watch.profiling.profile(seconds)
        if gathered is None:
            self._answer(HTTPStatus.CONFLICT, b"somebody else gathers a profile; try again later\n", "text/plain")
        else:
            self._answer(HTTPStatus.OK, together(gathered), "application/json")

    def _health(self, good: bool, word: str, verbose: bool) -> None:
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        if verbose:
            details = json.dumps({"status": word, **self.server.watch.health.to_dict()})
            self._answer(status, details.encode() + b"\n", "application/json")
        else:
            self._answer(status, word.encode() + b"\n", "text/plain")

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def monitor(host: str, port: int, watch: Watch, profiles: bool = False) -> Iterator[str]:
    """Answer on the address until the block ends; gives `host:port` with the port that was bound.

    With `profiles`, `/profile?seconds=N` gathers for so long and gives them as a list of JSON objects.

    Raises UserError `listen-failed`.
    """
    shown = f"[{host}]" if ":" in host else host
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        server = _Server(family, address, watch, profiles)
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or errno.EINVAL)
        raise UserError(
            "listen-failed", f"cannot listen on {shown}:{port}: {reason}", "choose another address with --metrics"
        ) from None
    threading.Thread(target=server.serve_forever, name="atoll-monitor", args=(0.1,), daemon=True).start()
    try:
        yield f"{shown}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
