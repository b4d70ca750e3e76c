"""systemd, or whatever speaks its protocols: a listening socket that it opened, and telling it how the service does.

Sources: sd_listen_fds(3), sd_notify(3), systemd.service(5) on `Type=notify-reload` and `WatchdogSec=`.
"""

import contextlib
import os
import socket
import time

from atoll.errors import UserError
from atoll.supervisor import events

_FIRST_DESCRIPTOR = 3


def passed_socket() -> socket.socket | None:
    """The listening socket that this process was started with. Raises UserError `listen-failed` for an unusable one.

    The variables that tell of it are removed: they do not hold for our children.
    """
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or count in ("", "0"):
        return None
    if count != "1":
        raise UserError(
            "listen-failed",
            f"systemd passed {count} sockets, and only one can be served",
            "leave one ListenStream= in the socket unit, or write one unit for each",
        )
    try:
        found = socket.socket(fileno=_FIRST_DESCRIPTOR)
        found.set_inheritable(False)
        listens = found.type == socket.SOCK_STREAM and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise _unusable(os.strerror(error.errno or 0)) from None
    if not listens:
        raise _unusable("it is no listening stream socket")
    return found


def _unusable(why: str) -> UserError:
    return UserError(
        "listen-failed", f"the socket that systemd passed cannot be used: {why}", "write ListenStream= and Accept=no"
    )


class Notifier:
    """Tells the service manager what happens, where it wants to know. It is never an error that nobody listens."""

    def __init__(self, where: str | None, watchdog: float | None) -> None:
        """`where` is a path, or `@` and an abstract name; `watchdog` is how many seconds we may be silent."""
        self._where = where and (f"\0{where[1:]}" if where.startswith("@") else where)
        # Half of the time leaves room for a late one.
        self._every = watchdog and watchdog / 2
        self._next = 0.0

    @classmethod
    def of_environment(cls) -> "Notifier":
        """As the environment says. The variables are removed: they do not hold for our children."""
        where = os.environ.pop("NOTIFY_SOCKET", None)
        usec, pid = os.environ.pop("WATCHDOG_USEC", ""), os.environ.pop("WATCHDOG_PID", "")
        wanted = usec.isdigit() and int(usec) > 0 and pid in ("", str(os.getpid()))
        return cls(where or None, int(usec) / 1e6 if wanted else None)

    def tell(self, event: events.Event) -> None:
        """Tell of one event, as far as a service manager cares."""
        match event:
            case events.Serving(address):
                self._send("READY=1", f"STATUS=serving on {address}")
            case events.Reloading():
                self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}", "STATUS=reloading")
            case events.Reloaded():
                self._send("READY=1", "STATUS=serving, reloaded")
            case events.ReloadFailed(error):
                self._send("READY=1", f"STATUS=serving; the last reload failed: {str(error).splitlines()[0]}")
            case events.Stopping():
                self._send("STOPPING=1", "STATUS=draining")
            case _:
                pass

    def beat(self) -> float | None:
        """A sign of life, where one is due. Seconds until the next; None where nobody waits for any."""
        if self._every is None or self._where is None:
            return None
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._every
            self._send("WATCHDOG=1")
        return self._next - now

    def _send(self, *lines: str) -> None:
        if self._where is None:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            # A manager that does not read must not stop the service.
            channel.setblocking(False)
            channel.sendto("\n".join(lines).encode(), self._where)
