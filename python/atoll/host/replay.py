"""A recorded call, run again: what the guest asks of the host is answered as it was then."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from atoll.host.core import calling
from atoll.host.settings import Engine

__all__ = ("Asked", "Call", "Difference", "Frame", "Now", "Place", "Replayed", "Step", "read_call", "replay")


class Place(Struct, frozen=True):
    """Where the source of an instruction stands."""

    file: str
    line: int
    column: int | None = None


class Frame(Struct, frozen=True):
    """One function on a guest's stack."""

    function: str
    place: Place | None = None


class Asked(Struct, frozen=True):
    """A host function that was called, and its results; None where it did not return."""

    interface: str
    function: str
    with_: list[Any] = msgspec.field(name="with")
    gave: list[Any] | None = None
    later: int | None = None
    took_us: int = 0


class Now(Struct, frozen=True):
    """A host function that is called otherwise than it was."""

    interface: str
    function: str
    with_: list[Any] = msgspec.field(name="with")


class Step(Struct, frozen=True):
    """One host function, called as it was; `stack` is where the guest stands, the innermost frame first."""

    number: int
    of: int
    asked: Asked
    stack: list[Frame]


class Difference(Struct, frozen=True):
    """The first call that is another one.

    `recorded` is None where nothing more was recorded, `now` where the guest has ended.
    """

    number: int
    recorded: Asked | None
    now: Now | None
    stack: list[Frame]


class Failure(Struct, frozen=True):
    """Why a guest ended badly."""

    code: str
    message: str
    stack: list[Frame]


class Replayed(Struct, frozen=True):
    """What came of it: `alike` host functions `of` so many.

    `left` where whoever followed it had enough, `cut` where it came to the end of the recording before its own: the
    call was cut off there, or a host function ended it.
    """

    alike: int
    of: int
    difference: Difference | None
    left: bool
    cut: bool
    failure: Failure | None
    gave: list[Any] | None


class Guest(Struct, frozen=True):
    """What the recording says of the component."""

    source: str | None = None
    limits: dict[str, int] = {}
    env: dict[str, str] = {}
    snapshot: bool = False
    reused: bool = False
    adapted: bool = False


class Call(Struct, frozen=True):
    """The first line of a recording: the request, and how it ended.

    `time` is in milliseconds since 1970.
    """

    recording: int
    component: str
    request: int
    method: str
    uri: str
    time: int
    took_us: int
    status: int | None
    failure: tuple[str, str] | None
    cancelled: bool
    guest: Guest


def read_call(line: str) -> Call:
    """What the first line of a recording says. Raises ValueError where it is none."""
    return msgspec.json.decode(line, type=Call)


def replay(
    recording: str,
    wasm: bytes,
    engine: Engine,
    patience_ms: int,
    follow: Callable[[Step], bool] | None = None,
) -> Replayed:
    """Run the recorded call again in the component `wasm`, for at most so long.

    `follow` is called with each step, and says whether to go on. Raises UserError where the recording cannot be read
    or the component cannot be called that way, and ValueError where the first line is not that of one.
    """
    guest = read_call(recording.partition("\n")[0]).guest
    settings = {"engine": engine, "patience_ms": patience_ms, "guest": guest}

    def followed(step: str) -> bool:
        return follow is None or follow(msgspec.json.decode(step, type=Step))

    with calling() as module:
        told = module.replay(recording, wasm, msgspec.json.encode(settings).decode(), follow and followed)
    return msgspec.json.decode(told, type=Replayed)
