"""The listening sockets of a run. They belong to this process and are lent to the workers.

So the queue of a worker that ended waits for its replacement: who connected meanwhile is answered by that one.
"""

import contextlib
import os
import socket
import stat
from pathlib import Path

from atoll.errors import UserError
from atoll.supervisor.address import UNIX, refused, shown, split

# A little longer than a burst of new connections may be.
_BACKLOG = 1024
# The kernel's bound for the path of a Unix socket, in bytes.
_LONGEST_PATH = 107


class Listening:
    """Listens on `listen`, which is `host:port` or `unix:path`, or on the socket that a service manager `passed`.

    Of TCP each worker has a socket of its own, between which the kernel spreads the connections; any other socket is
    one for all. Raises UserError `listen-failed`, also where another server listens there already.
    """

    def __init__(
        self, listen: str, workers: int, mode: int | None = None, *, passed: socket.socket | None = None
    ) -> None:
        """`mode` are the permissions of a Unix socket's file; by default those that the umask leaves."""
        self._sockets: list[socket.socket] = []
        self._file: tuple[Path, int] | None = None
        if passed is not None:
            self._sockets.append(passed)
            return
        try:
            if listen.startswith(UNIX):
                self._listen_unix(Path(listen.removeprefix(UNIX)).absolute(), mode)
            else:
                self._listen_tcp(*split(listen), workers)
        except OSError as error:
            self.close()
            raise refused(listen, error) from None

    @property
    def address(self) -> str:
        """The address as `host:port`, with the port that was bound, or as `unix:path`."""
        name = self._sockets[0].getsockname()
        if self._sockets[0].family == socket.AF_UNIX:
            return f"{UNIX}{name}"
        return shown(*name[:2])

    def fd(self, worker: int) -> int:
        """The descriptor of this worker's socket."""
        return self._sockets[worker % len(self._sockets)].fileno()

    def give_up(self, worker: int) -> None:
        """Nobody will accept from this worker's socket any more: the kernel must not give it connections."""
        if len(self._sockets) > 1:
            self._sockets[worker].close()

    def close(self) -> None:
        """Listen no longer, as far as this process goes. The file of a Unix socket is removed, if it is still ours."""
        for each in self._sockets:
            each.close()
        if self._file is not None:
            path, number = self._file
            self._file = None
            with contextlib.suppress(OSError):
                if path.lstat().st_ino == number:
                    path.unlink()

    def _listen_tcp(self, host: str, port: int, workers: int) -> None:
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

    def _listen_unix(self, path: Path, mode: int | None) -> None:
        if len(os.fsencode(path)) > _LONGEST_PATH:
            raise _in_the_way(path, f"its path is longer than {_LONGEST_PATH} bytes", "choose a shorter path")
        _make_way(path)
        each = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sockets.append(each)
        # The permissions hold from the first moment on; no other thread makes files yet.
        before = os.umask(0o777 & ~mode) if mode is not None else None
        try:
            each.bind(str(path))
        finally:
            if before is not None:
                os.umask(before)
        self._file = (path, path.lstat().st_ino)
        each.listen(_BACKLOG)


def _make_way(path: Path) -> None:
    """Remove the socket file of a server that is gone. Raises UserError for anything else in its place."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise _in_the_way(path, "there is a file that is no socket", "choose another path, or remove the file")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        # One that does not answer at once is busy, not gone.
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except TimeoutError:
            pass
    raise _in_the_way(path, "another server listens there", "stop that server, or choose another path")


def _in_the_way(path: Path, why: str, hint: str) -> UserError:
    return UserError("listen-failed", f"cannot listen on {UNIX}{path}: {why}", hint)


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
