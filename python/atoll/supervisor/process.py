"""One worker process, as its supervisor sees it."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from typing import Literal

from atoll.host import Job, Problem
from atoll.supervisor import messages

# Seconds that a worker may take to read what it is told.
_PATIENCE = 10.0

State = Literal["loading", "ready", "serving"]


class WorkerProcess:
    """A started worker: its process, its channel and how far it is."""

    def __init__(self, index: int, job: Job, generation: int) -> None:
        self.index = index
        # What it serves, and before which nothing is used by it any more.
        self.generation = self.settled = generation
        self.state: State = "loading"
        self.started = time.monotonic()
        self.problems: list[Problem] = []
        self.channel, theirs = socket.socketpair()
        with theirs:
            # -P: a module of the app's folder must not shadow one of ours. The own process group keeps the terminal's
            # Ctrl-C from reaching workers before the supervisor has decided.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "atoll.supervisor.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno(), *([] if job.settings.listen_fd is None else [job.settings.listen_fd])],
                stdin=subprocess.DEVNULL,
                process_group=0,
            )
        self._received = b""
        self.send(job)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def fileno(self) -> int:
        """The channel's descriptor, for selectors."""
        return self.channel.fileno()

    def send(self, message: Job | messages.Order) -> None:
        """Say something. A worker that is gone does not hear it; its channel tells so."""
        # A long message does not fit into the channel at once, and half of it would be nonsense.
        with contextlib.suppress(OSError):
            self.channel.settimeout(_PATIENCE)
            messages.send(self.channel, message)
            self.channel.setblocking(False)

    def receive(self) -> list[messages.Told] | None:
        """What it told since last asked; None when its channel has ended."""
        try:
            data = self.channel.recv(1 << 16)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not data:
            return None
        *lines, self._received = (self._received + data).split(b"\n")
        return [messages.read_told(line) for line in lines]

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def reap(self) -> str:
        """Wait for the process, whose channel has ended, and say how it ended."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self.channel.close()
        if code >= 0:
            return f"ended with exit code {code}"
        return f"was killed by {_signal_name(-code)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
