"""One locked app, served in this process."""

import json
import resource
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from atoll.capabilities import registry
from atoll.capabilities.registry import Named
from atoll.host.core import Refuse, calling, core, raise_problems
from atoll.host.functions import has_functions
from atoll.host.reuse import Reuse, with_reuse
from atoll.host.settings import Settings

# How long the data plane keeps the main thread before Python looks for signals, in seconds.
_PATIENCE = 0.2


class Job(msgspec.Struct, kw_only=True, frozen=True):
    """What to serve: the locked app, the settings, the reuse that the command line asks for.

    `providers` are the backends that are Python objects, by room and label.
    """

    locked: dict[str, Any]
    settings: Settings
    reuse: Reuse | None = None
    providers: dict[str, dict[str, Named]] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        """Without the values of variables, which may be secrets."""
        return "Job(…)"


class Progress(msgspec.Struct, frozen=True):
    """One component began or ended compiling. `event` is compiling, compiled or cached."""

    event: str
    component: str
    done: int
    total: int
    seconds: float = 0.0


Watch = Callable[[Progress], None]

Pages = Callable[[str], tuple[str, bytes] | None]
"""Draws the page about a failure, which comes as JSON: its content type and its bytes, or None for none."""


class NextApp:
    """An app that a host has loaded beside the one that it serves."""

    def __init__(self, core: Any) -> None:
        self.core = core

    def report(self) -> dict[str, Any]:
        """As that of a host. Only before the app is exchanged."""
        told: dict[str, Any] = json.loads(self.core.report())
        return told


class InProcess:
    """A locked app, compiled and linked, that is asked from this process: it has no listener.

    With `keeps_lines`, guest output waits in `lines` for who takes it; else it goes where the settings say. `core` is
    the data plane's own. Raises as `Host` does.
    """

    def __init__(self, job: Job, *, refuse: Refuse = raise_problems, keeps_lines: bool = False) -> None:
        locked = _divided(job.locked)
        with calling(refuse) as module:
            made = _made(job, locked, refuse)
            self.core = module.InProcess(json.dumps(locked), job.settings.to_json(), None, made, keeps_lines)
        self.lines = self.core.lines()
        if job.settings.outbound.block_networks:
            _block(job.settings)

    def report(self) -> dict[str, Any]:
        """As that of a host."""
        told: dict[str, Any] = json.loads(self.core.report())
        return told

    def measure(self) -> str | None:
        """As that of a host."""
        counted: str | None = self.core.metrics()
        return counted

    def telemetry(self, least: int, timeout: float) -> str | None:
        """As that of a host."""
        batch: str | None = self.core.telemetry(least, timeout)
        return batch


class Host:
    """A locked app, compiled and linked.

    `pages` are drawn where the settings are those of development. Raises UserError, InternalError or Problems with
    everything that is wrong; `refuse` is what makes them.
    """

    def __init__(
        self,
        job: Job,
        *,
        refuse: Refuse = raise_problems,
        progress: Watch | None = None,
        pages: Pages | None = None,
    ) -> None:
        self._refuse = refuse
        locked = _divided(job.locked)
        with calling(refuse) as module:
            made, settings = _made(job, locked, refuse), job.settings.to_json()
            self._server = module.Server(json.dumps(locked), settings, _decoded(progress), made, pages)
        if job.settings.outbound.block_networks:
            _block(job.settings)
        if job.reuse is not None:
            # Only the compiled component tells its WASI version; the second load finds it in the code cache.
            locked = with_reuse(job.locked, job.reuse, self.report()["handlers"])
            self.exchange(self._loaded(msgspec.structs.replace(job, locked=locked), refuse))
            self.previous()

    def load(self, job: Job, *, refuse: Refuse = raise_problems, progress: Watch | None = None) -> NextApp:
        """Load another app beside the one that is served. Settings of listener and logs have no effect.

        Raises what `refuse` makes of everything that is wrong; then nothing has changed.
        """
        loaded = self._loaded(job, refuse, progress)
        if job.reuse is not None:
            locked = with_reuse(job.locked, job.reuse, loaded.report()["handlers"])
            loaded = self._loaded(msgspec.structs.replace(job, locked=locked), refuse)
        _block(job.settings)
        return loaded

    def exchange(self, following: NextApp) -> None:
        """Answer every request from now on with this app. Calls that run end on the app that they began on."""
        self._server.exchange(following.core)

    def previous(self) -> int:
        """How many earlier apps still have calls that run; the others are gone, and nothing reads their files."""
        count: int = self._server.previous()
        return count

    def report(self) -> dict[str, Any]:
        """Pool sizes (None without a pool), the handler of each component, routes that stand twice."""
        told: dict[str, Any] = json.loads(self._server.report())
        return told

    def measure(self) -> str | None:
        """What was counted so far, as JSON for `atoll.observe.snapshot`; None where the settings measure nothing."""
        counted: str | None = self._server.metrics()
        return counted

    def switch_profiles(self, on: bool) -> None:
        """Gather profiles from now on, or no longer; without effect unless the settings allow it."""
        self._server.switch_profiles(on)

    def profiles(self) -> str:
        """What profiles gathered since the last time, as JSON for `atoll.observe.profile`."""
        gathered: str = self._server.profiles()
        return gathered

    def telemetry(self, least: int, timeout: float) -> str | None:
        """A batch of spans and log records, as JSON; None where fewer than `least` wait after `timeout` seconds."""
        batch: str | None = self._server.telemetry(least, timeout)
        return batch

    def start(self) -> str:
        """Listen and serve on a thread of its own; the address, as `host:port` or `unix:path`.

        Raises UserError `listen-failed`.
        """
        _raise_descriptor_limit()
        with calling(self._refuse):
            address: str = self._server.start()
        return address

    def serve_until(self, stopping: Callable[[], bool], pause: Callable[[float], object] | None = None) -> None:
        """Serve until `stopping` says so or the listener ends; calls in flight get the settings' drain time.

        `stopping` is asked a few times a second, on this thread. `pause` waits between, for so many seconds or until
        it is worth asking again.
        """
        stopped = False
        while not self._server.wait(0.0 if pause and not stopped else _PATIENCE):
            if pause and not stopped:
                pause(_PATIENCE)
            if not stopped and stopping():
                self._server.stop()
                stopped = True

    def _loaded(self, job: Job, refuse: Refuse, progress: Watch | None = None) -> NextApp:
        locked = _divided(job.locked)
        with calling(refuse):
            made, settings = _made(job, locked, refuse), job.settings.to_json()
            return NextApp(self._server.load(json.dumps(locked), settings, _decoded(progress), made))


def _block(settings: Settings) -> None:
    """Python's clients resolve names themselves; where nothing is blocked at the start, nothing of it is loaded."""
    from atoll.capabilities import resolving

    resolving.block(core().BlockedNetworks(settings.outbound.block_networks))


def _divided(locked: dict[str, Any]) -> dict[str, Any]:
    """The app to be served, with its functions behind it."""
    if not has_functions(locked):
        return locked
    from atoll.host.functions.dividing import divided

    return divided(locked)


def _made(job: Job, locked: dict[str, Any], refuse: Refuse) -> dict[str, dict[str, object]]:
    """Stores are made now; what has no label is made when a guest first needs it, for most never do."""
    rooms: dict[str, dict[str, object]] = {
        room: {label: registry.make(one) if label else partial(registry.make, one) for label, one in labels.items()}
        for room, labels in job.providers.items()
    }
    own = locked.get("metadata", {}).get("atoll", {})
    custom = {name: _answering(name, reference) for name, reference in own.get("imports", {}).items()}
    if "functions" in own:
        from atoll.host.functions.gateway import INTERFACE, Gateway  # few apps have functions

        custom[INTERFACE] = Gateway(job, own["functions"], refuse)
    return rooms | {"custom": custom}


def _answering(interface: str, reference: str) -> object:
    from atoll.capabilities.custom.imported import answering  # few apps have imports of their own

    return answering(interface, reference)


def most_sockets(processes: int) -> int | None:
    """How many sockets guests of so many processes may have: half of the descriptors, for others want some too."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if most == resource.RLIM_INFINITY else processes * (most // 2)


def _raise_descriptor_limit() -> None:
    """Each connection takes a descriptor, and the usual 1024 are for programs that still use `select`."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _decoded(progress: Watch | None) -> Callable[[str], None] | None:
    if progress is None:
        return None
    decoder = msgspec.json.Decoder(Progress)
    return lambda text: progress(decoder.decode(text))
