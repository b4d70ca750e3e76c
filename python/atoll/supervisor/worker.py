"""The worker process: `python -m atoll.supervisor.worker FD`. It serves one app for as long as its supervisor lives."""

import os
import signal
import socket
import sys
import threading
from typing import NoReturn

from atoll.errors import AtollError, Problems
from atoll.host import Host, Problem
from atoll.supervisor import messages
from atoll.supervisor.messages import Listening, Progressed, Ready, Refused, Start


class _Refusal(Exception):
    """Problems on their way to the supervisor, which knows where the manifest says what they complain about."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


class Worker:
    """The worker's side of the channel."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        # It came through an exec; the compilers of guests must not get it as well.
        channel.set_inheritable(False)
        self.lines = channel.makefile("rb")
        self.job = messages.read_job(self.lines.readline())
        self.started = threading.Event()
        self.stopping = threading.Event()

    def run(self) -> None:
        """Load, wait for the order to start, serve until the order to stop."""
        threading.Thread(target=self._obey, name="atoll-orders", daemon=True).start()
        try:
            host = Host(self.job, refuse=_refuse, progress=lambda progress: self._tell(Progressed(progress)))
            self._tell(Ready(host.report()))
            self.started.wait()
            self._tell(Listening(host.start()))
        except _Refusal as refusal:
            self._tell(Refused(refusal.problems))
            return
        except AtollError as error:
            self._tell(Refused(_plain(error)))
            return
        host.serve_until(self.stopping.is_set)

    def _obey(self) -> None:
        for line in self.lines:
            order = messages.read_order(line)
            (self.started if isinstance(order, Start) else self.stopping).set()
        # The supervisor is gone: nobody would notice what happens to this process.
        os._exit(1)

    def _tell(self, message: messages.Told) -> None:
        messages.send(self.channel, message)


def _refuse(problems: list[Problem]) -> NoReturn:
    raise _Refusal(problems)


def _plain(error: AtollError) -> list[Problem]:
    errors = error.problems if isinstance(error, Problems) else (error,)
    return [Problem(each.code, each.message, each.hint) for each in errors]


def main() -> None:
    """Serve the job that comes through the descriptor of the first argument."""
    worker = Worker(socket.socket(fileno=int(sys.argv[1])))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A service manager signals every process of the group: then the worker drains, too.
    signal.signal(signal.SIGTERM, lambda number, frame: worker.stopping.set())
    worker.run()


if __name__ == "__main__":
    main()
