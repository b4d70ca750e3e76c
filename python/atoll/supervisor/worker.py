"""The worker process: `python -m atoll.supervisor.worker FD`. It serves one app for as long as its supervisor lives."""

import contextlib
import os
import signal
import socket
import sys
import threading
from typing import NoReturn, assert_never

import msgspec

from atoll.errors import AtollError, Problems
from atoll.host import Host, NextApp, Problem
from atoll.host.core import core
from atoll.observe.exporting import exporting
from atoll.supervisor import messages
from atoll.supervisor.gathering import gather, gathering
from atoll.supervisor.messages import Declined, Exchanged, Listening, Loaded, Progressed, Ready, Refused, Settled
from atoll.supervisor.pages import pages
from atoll.supervisor.release import as_error


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
        self.job = messages.read_job(self.lines.readline() or _leave())
        self.started = threading.Event()
        self.stopping = threading.Event()
        self._telling = threading.Lock()
        self._host: Host | None = None
        self._reload = _Reload()
        self._settled = 0
        self._loading: threading.Thread | None = None

    def run(self) -> None:
        """Load, wait for the order to start, serve until the order to stop."""
        threading.Thread(target=self._obey, name="atoll-orders", daemon=True).start()
        try:
            host = Host(
                self.job,
                refuse=_refuse,
                progress=lambda progress: self._tell(Progressed(progress)),
                pages=pages(self.job),
            )
            self._tell(Ready(host.report()))
            self.started.wait()
            address = host.start()
        except (_Refusal, AtollError) as refusal:
            self._tell(Refused(_problems(refusal)))
            return
        self._host = host
        if self.job.settings.listen_fd is not None:
            # The host has its own descriptor: with this one, nobody would notice that it listens no longer.
            os.close(self.job.settings.listen_fd)
        self._tell(Listening(address))
        with exporting(host, self.job), gathering(host, self.job):
            host.serve_until(self._is_stopping)
        self._measure(host)
        if self._loading is not None and self._loading.is_alive():
            # A thread of the data plane must not come back to an interpreter that is being taken apart.
            os._exit(0)

    def _is_stopping(self) -> bool:
        exchanged = self._reload.exchanged
        if exchanged > self._settled and self._host is not None and self._host.previous() == 0:
            self._settled = exchanged
            self._tell(Settled(exchanged))
        return self.stopping.is_set()

    def _obey(self) -> None:
        for line in self.lines:
            self._do(messages.read_order(line))
        _leave()

    def _do(self, order: messages.Order) -> None:
        match order:
            case messages.Start():
                self.started.set()
            case messages.Stop():
                self.stopping.set()
            case messages.Load():
                # On a thread of its own: an order to stop must not wait for a compiler.
                self._loading = threading.Thread(target=self._load, args=(order,), name="atoll-reload", daemon=True)
                self._loading.start()
            case messages.Exchange(generation):
                loaded = self._reload.take(generation)
                if loaded is not None and self._host is not None:
                    self._host.exchange(loaded)
                    self._tell(Exchanged(generation))
                    self._reload.exchanged = generation
            case messages.Forget(generation):
                self._reload.forget(generation)
            case messages.Measure():
                if self._host is not None:
                    self._measure(self._host)
            case messages.Profile(seconds):
                if self._host is not None:
                    gather(self._host, seconds, self._profiled)
            case _:
                assert_never(order)

    def _load(self, order: messages.Load) -> None:
        if self._host is None:
            return
        try:
            loaded = self._host.load(order.job, refuse=_refuse)
            report = loaded.report()
        except (_Refusal, AtollError) as refusal:
            self._tell(Declined(order.generation, _problems(refusal)))
        except Exception as error:
            # Whatever it is, the supervisor waits for an answer.
            self._tell(Declined(order.generation, _problems(as_error(error))))
        else:
            self._reload.keep(order.generation, loaded)
            self._tell(Loaded(order.generation, report))

    def _measure(self, host: Host) -> None:
        counted = host.measure()
        if counted is not None:
            self._tell(messages.Measured(msgspec.Raw(counted.encode())))

    def _profiled(self, gathered: str) -> None:
        self._tell(messages.Profiled(msgspec.Raw(gathered.encode())))

    def _tell(self, message: messages.Told) -> None:
        with self._telling:
            messages.send(self.channel, message)


class _Reload:
    """What was loaded and is not served yet, and which generation was exchanged last."""

    def __init__(self) -> None:
        self.exchanged = 0
        self._lock = threading.Lock()
        self._loaded: dict[int, NextApp] = {}
        self._forgotten = 0

    def keep(self, generation: int, loaded: NextApp) -> None:
        """Keep it until it is taken; not if it was forgotten before it was loaded."""
        with self._lock:
            if generation > self._forgotten:
                self._loaded[generation] = loaded

    def take(self, generation: int) -> NextApp | None:
        """Give it away."""
        with self._lock:
            return self._loaded.pop(generation, None)

    def forget(self, generation: int) -> None:
        """It will not be served."""
        with self._lock:
            self._forgotten = max(self._forgotten, generation)
            self._loaded.pop(generation, None)


def _refuse(problems: list[Problem]) -> NoReturn:
    raise _Refusal(problems)


def _problems(refusal: _Refusal | AtollError) -> list[Problem]:
    if isinstance(refusal, _Refusal):
        return refusal.problems
    errors = refusal.problems if isinstance(refusal, Problems) else (refusal,)
    return [Problem(each.code, each.message, each.hint) for each in errors]


def _leave() -> NoReturn:
    """The supervisor is gone: nobody would notice what happens to this process."""
    os._exit(1)


def main() -> None:
    """Serve the job that comes through the descriptor of the first argument."""
    with contextlib.suppress(AtollError):
        # While the supervisor still reads the app. A data plane that is not there is told of when it is needed.
        core()
    worker = Worker(socket.socket(fileno=int(sys.argv[1])))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A reload is the supervisor's to lead.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # A service manager signals every process of the group: then the worker drains, too.
    signal.signal(signal.SIGTERM, lambda number, frame: worker.stopping.set())
    worker.run()


if __name__ == "__main__":
    main()
