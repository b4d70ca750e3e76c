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


class Measure(msgspec.Struct, tag="measure", frozen=True):
    """To a serving worker: say what you counted so far."""


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


class Measured(msgspec.Struct, tag="measured", frozen=True):
    """From a worker: the answer to `Measure`, and one of its last words. The document of the data plane as it is."""

    counted: msgspec.Raw


Order = Start | Stop | Measure
Told = Progressed | Ready | Listening | Refused | Measured

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
