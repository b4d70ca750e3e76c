"""One locked app, served in this process."""

import json
import resource
from collections.abc import Callable
from typing import Any

import msgspec

from atoll.host.core import Refuse, calling, raise_problems
from atoll.host.reuse import Reuse, with_reuse
from atoll.host.settings import Settings

# How long the data plane keeps the main thread before Python looks for signals, in seconds.
_PATIENCE = 0.2


class Job(msgspec.Struct, kw_only=True, frozen=True):
    """What to serve: the locked app, the settings, and the reuse that the command line asks for."""

    locked: dict[str, Any]
    settings: Settings
    reuse: Reuse | None = None


class Progress(msgspec.Struct, frozen=True):
    """One component began or ended compiling. `event` is compiling, compiled or cached."""

    event: str
    component: str
    done: int
    total: int
    seconds: float = 0.0


class Host:
    """A locked app, compiled and linked.

    Raises UserError, InternalError or Problems with everything that is wrong; `refuse` is what makes them.
    """

    def __init__(
        self, job: Job, *, refuse: Refuse = raise_problems, progress: Callable[[Progress], None] | None = None
    ) -> None:
        self._refuse = refuse
        self._server = self._loaded(job.locked, job.settings, progress)
        if job.reuse is not None:
            # Only the compiled component tells its WASI version; the second load finds it in the code cache.
            locked = with_reuse(job.locked, job.reuse, self.report()["handlers"])
            self._server = self._loaded(locked, job.settings, None)

    def report(self) -> dict[str, Any]:
        """Pool sizes (None without a pool), the handler of each component, routes that stand twice."""
        told: dict[str, Any] = json.loads(self._server.report())
        return told

    def measure(self) -> str | None:
        """What was counted so far, as JSON for `atoll.observe.snapshot`; None where the settings measure nothing."""
        counted: str | None = self._server.metrics()
        return counted

    def telemetry(self, least: int, timeout: float) -> str | None:
        """A batch of spans and log records, as JSON; None where fewer than `least` wait after `timeout` seconds."""
        batch: str | None = self._server.telemetry(least, timeout)
        return batch

    def start(self) -> str:
        """Bind the address and serve on a thread of its own; the `host:port` that was bound.

        Raises UserError `listen-failed`.
        """
        _raise_descriptor_limit()
        with calling(self._refuse):
            address: str = self._server.start()
        return address

    def serve_until(self, stopping: Callable[[], bool]) -> None:
        """Serve until `stopping` says so or the listener ends; calls in flight get the settings' drain time.

        `stopping` is asked a few times a second, on this thread.
        """
        stopped = False
        while not self._server.wait(_PATIENCE):
            if not stopped and stopping():
                self._server.stop()
                stopped = True

    def _loaded(self, locked: dict[str, Any], settings: Settings, progress: Callable[[Progress], None] | None) -> Any:
        watch = None if progress is None else _decoded(progress)
        with calling(self._refuse) as module:
            return module.Server(json.dumps(locked), settings.to_json(), watch)


def _raise_descriptor_limit() -> None:
    """Each connection takes a descriptor, and the usual 1024 are for programs that still use `select`."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _decoded(progress: Callable[[Progress], None]) -> Callable[[str], None]:
    decoder = msgspec.json.Decoder(Progress)
    return lambda text: progress(decoder.decode(text))
