"""What one process gathered, as the data plane tells it. The shape is that of `crates/engine/src/profile/mod.rs`."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from atoll.errors import UserError

# A document may come from another machine. What tools read are numbers of JavaScript.
Count = Annotated[int, Meta(ge=0, le=2**53)]


class Place(Struct, frozen=True):
    """Where the source of an instruction stands; lines and columns count from 1."""

    file: str
    line: Count
    column: Count | None = None


class Frame(Struct, frozen=True):
    """One call on a stack."""

    function: str
    place: Place | None = None


class Stack(Struct, frozen=True):
    """Frames by number, innermost first; a sample is a millisecond of CPU time, `grown` is in bytes."""

    frames: list[Count]
    samples: Count
    grown: Count


class HostCalls(Struct, frozen=True):
    """What guests asked of one function of the host: how often, and how long it took in nanoseconds."""

    interface: str
    function: str
    calls: Count
    nanos: Count
    longest: Count


class Gathered(Struct, frozen=True):
    """The profile of one component."""

    frames: list[Frame]
    stacks: list[Stack]
    host: list[HostCalls]


_DECODER = msgspec.json.Decoder(dict[str, Gathered])
_ENCODER = msgspec.json.Encoder()


def read(document: str | bytes) -> dict[str, Gathered]:
    """By component. Raises UserError `profile-refused` for what is no such document."""
    try:
        gathered = _DECODER.decode(document)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise _refused(str(error)) from None
    for component in gathered.values():
        known = len(component.frames)
        if not all(number < known for stack in component.stacks for number in stack.frames):
            raise _refused("a stack has a frame that is not there")
    return gathered


def written(gathered: dict[str, Gathered]) -> str:
    """The document that `read` reads."""
    return _ENCODER.encode(gathered).decode()


def _refused(why: str) -> UserError:
    hint = "profile an app of this version of atoll"
    return UserError("profile-refused", f"what was gathered is no profile: {why}", hint)
