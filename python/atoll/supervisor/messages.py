"""What supervisor and worker say to each other: JSON lines over a private socket.

The documents of a run may hold secrets (environment, variables): they never stand on a command line.
"""

import socket
from typing import Any

import msgspec

from atoll.host import Job, Problem, Progress


class Start(msgspec.Struct, tag="start", frozen=True):
    """To a loaded worker: listen."""


class Stop(msgspec.Struct, tag="stop", frozen=True):
    """To a serving worker: drain and end."""


class Load(msgspec.Struct, tag="load", frozen=True):
    """To a serving worker: load this job beside the one that is served. Answered by `Loaded` or `Declined`."""

    generation: int
    job: Job


class Exchange(msgspec.Struct, tag="exchange", frozen=True):
    """To a worker that has loaded: serve it from now on. Answered by `Exchanged`, and by `Settled` once nothing of
    earlier ones runs any more."""

    generation: int


class Forget(msgspec.Struct, tag="forget", frozen=True):
    """To a worker that was asked to load: it is not to be served."""

    generation: int


class Measure(msgspec.Struct, tag="measure", frozen=True):
    """To a serving worker: say what you counted so far."""


class Profile(msgspec.Struct, tag="profile", frozen=True):
    """To a serving worker: gather profiles for so many seconds. Answered by `Profiled`."""

    seconds: float


class Progressed(msgspec.Struct, tag="progressed", frozen=True):
    """From a loading worker."""

    progress: Progress


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """From a worker that has compiled and linked everything."""

    report: dict[str, Any]


class Listening(msgspec.Struct, tag="listening", frozen=True):
    """From a worker that serves."""

    address: str


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """From a worker that cannot serve, as its last word."""

    problems: list[Problem]


class Loaded(msgspec.Struct, tag="loaded", frozen=True):
    """From a serving worker that has loaded another job."""

    generation: int
    report: dict[str, Any]


class Declined(msgspec.Struct, tag="declined", frozen=True):
    """From a serving worker that could not load another job. It goes on serving."""

    generation: int
    problems: list[Problem]


class Exchanged(msgspec.Struct, tag="exchanged", frozen=True):
    """From a worker: every request from now on is answered by this generation."""

    generation: int


class Settled(msgspec.Struct, tag="settled", frozen=True):
    """From a worker: nothing that is older than this generation is used any more."""

    generation: int


class Measured(msgspec.Struct, tag="measured", frozen=True):
    """From a worker: the answer to `Measure`, and one of its last words. The document of the data plane as it is."""

    counted: msgspec.Raw


class Profiled(msgspec.Struct, tag="profiled", frozen=True):
    """From a worker: the answer to `Profile`. The document of the data plane as it is."""

    gathered: msgspec.Raw


Order = Start | Stop | Load | Exchange | Forget | Measure | Profile
Told = Progressed | Ready | Listening | Refused | Loaded | Declined | Exchanged | Settled | Measured | Profiled

_ORDERS: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
_TOLD: msgspec.json.Decoder[Told] = msgspec.json.Decoder(Told)
_JOBS = msgspec.json.Decoder(Job)


def send(channel: socket.socket, message: Job | Order | Told) -> None:
    """One line. Raises OSError when the other side is gone."""
    channel.sendall(msgspec.json.encode(message) + b"\n")


def read_job(line: bytes) -> Job:
    """The first line that a worker reads."""
    return _JOBS.decode(line)


def read_order(line: bytes) -> Order:
    """Each later line that a worker reads."""
    return _ORDERS.decode(line)


def read_told(line: bytes) -> Told:
    """A line that the supervisor reads."""
    return _TOLD.decode(line)
