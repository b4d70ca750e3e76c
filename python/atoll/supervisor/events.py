"""What a run tells of itself, for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from atoll.errors import AtollError
from atoll.host import Progress


@dataclass(frozen=True, slots=True)
class Loaded:
    """The app is compiled and linked. `report` is the data plane's: pool, handlers, duplicate routes."""

    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Serving:
    """Every worker listens on `address`, as `host:port`."""

    address: str


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Metrics and health are told on `address`, as `host:port`."""

    address: str


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """A worker ended by itself. `how` names its signal or exit code; it is replaced after `delay` seconds."""

    index: int
    pid: int
    how: str
    delay: float


@dataclass(frozen=True, slots=True)
class WorkerReplaced:
    """The replacement of a worker serves."""

    index: int
    pid: int


@dataclass(frozen=True, slots=True)
class WorkerFailed:
    """The replacement of a worker could not start. Without a `delay` it is given up."""

    index: int
    error: AtollError
    delay: float | None


@dataclass(frozen=True, slots=True)
class Reloading:
    """The app is read again."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """Every worker serves the app as it was read last."""

    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReloadFailed:
    """The app that is served stays as it was."""

    error: AtollError


@dataclass(frozen=True, slots=True)
class Stopping:
    """Nothing new is accepted; calls in flight may end."""


Event = (
    Progress
    | Loaded
    | Serving
    | Monitoring
    | WorkerEnded
    | WorkerReplaced
    | WorkerFailed
    | Reloading
    | Reloaded
    | ReloadFailed
    | Stopping
)
Announce = Callable[[Event], None]
