"""Which pages may hear what a compiler says: those of the app's own host.

A stranger's page can ask any address, and can have its own name lead to this machine (DNS rebinding): both names that a
browser tells, of the page and of whom it asks, must be the same, and one that is ours for certain.
"""

import ipaddress
import socket
from urllib.parse import urlsplit


def is_from_here(host: str, origin: str | None, listening: str) -> bool:
    """Whether the page is the app's: its host is the one that is asked, and is one that is ours for certain."""
    try:
        name = urlsplit(f"//{host}").hostname
        page = name if origin is None else urlsplit(origin).hostname
    except ValueError:
        return False
    return name is not None and page == name and _is_ours(name, listening)


def _is_ours(name: str, listening: str) -> bool:
    if name == "localhost" or name.endswith(".localhost") or name == listening.lower():
        return True
    own = _address(listening)
    is_everywhere = own is not None and own.is_unspecified
    if (address := _address(name)) is not None:
        # Nobody leads an address elsewhere.
        return address.is_loopback or address == own or is_everywhere
    return is_everywhere and name.removesuffix(".local") == socket.gethostname().lower()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
