"""A real server as a process of its own, on a free loopback port, that can crash and come back at its address."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self


class Running:
    """The process. `command` gets the port, `ready` says whether it answers; `user` is whom it runs as."""

    def __init__(
        self, command: Callable[[int], list[str]], folder: Path, ready: Callable[[int], bool], user: str | None = None
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._command = command
        self._folder = folder
        self._ready = ready
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run until it answers."""
        deadline = time.monotonic() + 60
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(self.port), cwd=self._folder, stdout=log, stderr=log, user=self._user
            )
        while not self._ready(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "server.log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Started, and stopped afterwards."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    @contextmanager
    def halted(self) -> Iterator[None]:
        """It takes connections and does not answer."""
        assert self._process is not None
        with halted(self._process.pid):
            yield

    def connections(self) -> int:
        """How many connections clients hold to it."""
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(line.split()[2].endswith(f":{self.port:04X}") and line.split()[3] == "01" for line in lines)


@contextmanager
def halted(pid: int) -> Iterator[None]:
    """The process and its children stand still, to the last thread, until the block ends."""
    members = [pid, *_children(pid)]
    for member in members:
        os.kill(member, signal.SIGSTOP)
    while not all(map(_is_stopped, members)):
        time.sleep(0.001)
    try:
        yield
    finally:
        for member in members:
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGCONT)


def listening(port: int) -> bool:
    """Whether someone takes connections there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def answering(asked: bytes, answer: bytes) -> Callable[[int], bool]:
    """Whether what is sent there is answered so."""

    def ready(port: int) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(asked)
            return answer in connection.recv(4096)
        return False

    return ready


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _is_stopped(pid: int) -> bool:
    with suppress(OSError):
        return all(
            status.read_text().rpartition(")")[2].split()[0] in "TZ"
            for status in Path(f"/proc/{pid}/task").glob("*/stat")
        )
    return True
