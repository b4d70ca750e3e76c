"""Live reload: pages that are open in a browser hear that the app has changed, is being built, or could not be built.

A server on a port of its own tells them (`/events`, server-sent events); a script that ends each page of the app
listens. What compilers say is for the developer: only pages of the app's own host are answered.
"""

import os
import re
import socket
import ssl
import threading
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

from atoll.errors import UserError
from atoll.observe.live.server import Event, Server

_LONGEST = 100_000
_COLORS = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")
# Below those that systems give away by themselves.
_PORTS = range(20_000, 30_000)


class Live:
    """The server, from when it is made until it is closed.

    `host` is the address that the app listens on, `tls` the files of its certificate and its key. Raises UserError
    `listen-failed` or `tls-invalid`.
    """

    def __init__(self, host: str, tls: tuple[str, str] | None) -> None:
        self._scheme = "http" if tls is None else "https"
        self._server = _listening(host, None if tls is None else _context(*tls))
        threading.Thread(target=self._server.serve_forever, name="atoll-live", args=(0.1,), daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.server_address[1]
        return port

    def ending(self) -> str:
        """The HTML that makes a page listen."""
        script = _script().replace("SCHEME", self._scheme).replace("PORT", str(self.port))
        return f"<script>\n{script}</script>\n"

    def tell(self, event: Event, data: str) -> None:
        """Tell all pages, and those that come later: `reload`, `building`, or `failed` with the compiler's words."""
        self._server.news.put(event, _COLORS.sub("", data)[:_LONGEST])

    def close(self) -> None:
        """Leave all pages."""
        self._server.news.end()
        self._server.shutdown()
        self._server.server_close()


def _listening(host: str, tls: ssl.SSLContext | None) -> Server:
    """The server, on the same port as the last time in this folder if that is free: its pages find it again."""
    usual = _PORTS[zlib.crc32(os.fsencode(os.getcwd())) % len(_PORTS)]
    with suppress(OSError):
        return _bound(host, usual, tls)
    try:
        return _bound(host, 0, tls)
    except OSError as error:
        why = f"cannot listen on {host} for live reload: {error.strerror}"
        raise UserError("listen-failed", why, "choose another address with --listen, or --no-live-reload") from None


def _bound(host: str, port: int, tls: ssl.SSLContext | None) -> Server:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return Server(family, address, host, tls)


def _context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password, that of an encrypted key would be asked for on the terminal.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        hint = "name PEM files that belong together with --tls-cert and --tls-key"
        raise UserError("tls-invalid", f"the certificate or its key cannot be used: {error}", hint) from None
    return context


@cache
def _script() -> str:
    return Path(__file__).with_name("page.js").read_text("utf-8")
