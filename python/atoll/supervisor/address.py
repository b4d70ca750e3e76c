"""Addresses to listen on, as people write them."""

import errno
import os
import socket

from atoll.errors import UserError

# What the address of a Unix socket begins with; the rest is its path.
UNIX = "unix:"


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


def shown(host: str, port: int) -> str:
    """`host:port`, with brackets where they are needed."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def refused(where: str, error: OSError) -> UserError:
    """The error of an address that is not available."""
    reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or errno.EINVAL)
    return UserError(
        "listen-failed",
        f"cannot listen on {where}: {reason}",
        "choose another address with --listen, or let --find-free-port choose a port",
    )
