"""The address that all workers share, reserved before any of them starts."""

import errno
import os
import socket

from atoll.errors import UserError


class Reservation:
    """A bound address that nobody else can take.

    The socket never listens: the kernel gives connections to the workers' sockets only. It is bound alone first and
    made shareable afterwards, so a server that already listens there is noticed instead of joined.
    """

    def __init__(self, host: str, port: int) -> None:
        """Raises UserError `listen-failed`."""
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self._socket = socket.socket(family, kind, protocol)
            try:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self._socket.bind(address)
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            except OSError:
                self._socket.close()
                raise
        except OSError as error:
            raise _refused(shown, error) from None

    @property
    def text(self) -> str:
        """The address as `host:port`, with the port that was bound."""
        host, port = self._socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def close(self) -> None:
        """Give the address free."""
        self._socket.close()


def split(listen: str) -> tuple[str, int]:
    """Host and port of `host:port`, `[v6]:port`. Raises UserError `listen-failed`."""
    host, colon, port = listen.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise UserError("listen-failed", f"`{listen}` is not an address", "write HOST:PORT, such as 127.0.0.1:3000")
    if ":" in host and not bracketed:
        raise UserError(
            "listen-failed", f"`{listen}` is not an address", "write an IPv6 address in brackets: [::1]:3000"
        )
    return (host[1:-1] if bracketed else host), int(port)


def free_port(host: str, first: int, tries: int = 10) -> int:
    """The first port from `first` on that is free. Raises UserError `listen-failed` after `tries` of them."""
    last = min(first + tries, 65_536)
    for port in range(first, last):
        try:
            Reservation(host, port).close()
        except UserError:
            continue
        return port
    raise UserError(
        "listen-failed", f"no port from {first} to {last - 1} is free on {host}", "name another with --listen"
    )


def _refused(shown: str, error: OSError) -> UserError:
    reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or errno.EINVAL)
    return UserError(
        "listen-failed",
        f"cannot listen on {shown}: {reason}",
        "choose another address with --listen, or let --find-free-port choose a port",
    )
