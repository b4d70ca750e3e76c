"""Names of hosts that guests give: none leads into a blocked network.

The data plane looks before it grants an address; a name may lead elsewhere by the time that a client resolves it. So
the loop that providers run on looks again at what it is about to connect to.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol


class Blocked(Protocol):
    """The networks that the runtime config blocks; the data plane's own."""

    def blocks(self, address: str) -> bool:
        """Whether nobody may connect to this IP address for a guest."""


_BLOCKED: list[Blocked] = []
_FOR_GUEST: ContextVar[bool] = ContextVar("_FOR_GUEST", default=False)


def block(*networks: Blocked) -> None:
    """What holds in this process from now on."""
    _BLOCKED[:] = networks


@contextmanager
def named_by_guest() -> Iterator[None]:
    """Around connecting to a host that a guest named: its name resolves to no blocked address.

    The hosts of the runtime config are the operator's own, and may be wherever they are.
    """
    token = _FOR_GUEST.set(True)
    try:
        yield
    finally:
        _FOR_GUEST.reset(token)


class Loop(asyncio.SelectorEventLoop):
    """The providers' event loop."""

    async def getaddrinfo(self, host: Any, port: Any, **hints: Any) -> list[Any]:
        """As every loop's; an address in a blocked network is no answer. Raises OSError where there is no other."""
        found: list[Any] = await super().getaddrinfo(host, port, **hints)
        if not _BLOCKED or not _FOR_GUEST.get():
            return found
        allowed = [one for one in found if not any(networks.blocks(one[4][0]) for networks in _BLOCKED)]
        if not allowed:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} leads into a blocked network")
        return allowed
