"""The listening sockets of a run. They belong to this process and are lent to the workers.

So the queue of a worker that ended waits for its replacement: who connected meanwhile is answered by that one.
"""

import socket

from atoll.errors import UserError
from atoll.supervisor.address import refused, shown, split

# A little longer than a burst of new connections may be.
_BACKLOG = 1024


class Listening:
    """Listens on `listen`: a socket for each worker, between which the kernel spreads the connections.

    Raises UserError `listen-failed`, also where another server listens there already.
    """

    def __init__(self, listen: str, workers: int) -> None:
        self._sockets: list[socket.socket] = []
        host, port = split(listen)
        try:
            self._listen(host, port, workers)
        except OSError as error:
            self.close()
            raise refused(shown(host, port), error) from None

    @property
    def address(self) -> str:
        """The address as `host:port`, with the port that was bound."""
        return shown(*self._sockets[0].getsockname()[:2])

    def fd(self, worker: int) -> int:
        """The descriptor of this worker's socket."""
        return self._sockets[worker % len(self._sockets)].fileno()

    def give_up(self, worker: int) -> None:
        """Nobody will accept from this worker's socket any more: the kernel must not give it connections."""
        if len(self._sockets) > 1:
            self._sockets[worker].close()

    def close(self) -> None:
        """Listen no longer, as far as this process is concerned."""
        for each in self._sockets:
            each.close()

    def _listen(self, host: str, port: int, workers: int) -> None:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        for index in range(workers):
            each = socket.socket(family, kind, protocol)
            self._sockets.append(each)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # The first is bound alone and shared afterwards: a server that listens there is noticed, not joined.
            if index > 0:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            each.bind(address)
            if workers > 1:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            address = each.getsockname()
        for each in self._sockets:
            each.listen(_BACKLOG)


def free_port(host: str, first: int, tries: int = 10) -> int:
    """The first port from `first` on that is free. Raises UserError `listen-failed` after `tries` of them."""
    last = min(first + tries, 65_536)
    for port in range(first, last):
        try:
            Listening(shown(host, port), 1).close()
        except UserError:
            continue
        return port
    raise UserError(
        "listen-failed", f"no port from {first} to {last - 1} is free on {host}", "name another with --listen"
    )
