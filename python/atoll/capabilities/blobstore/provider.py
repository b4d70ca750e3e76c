"""What a container of objects answers, and how it may fail.

One object is one container: the one that a label of the manifest stands for. Its methods serve `wasi:blobstore`
(0.2.0-draft). Bytes come and go in portions, so that no object is ever in memory as a whole.
"""

from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from atoll.capabilities.provider import Failed

T = TypeVar("T")

Reply: TypeAlias = T | Awaitable[T]
"""What a method gives back: `def` the value, `async def` an awaitable of it."""

Pages: TypeAlias = Iterator[list[str]] | AsyncIterator[list[str]]
"""What `names` gives back: a generator, `def` or `async def`."""

Portions: TypeAlias = Iterator[bytes] | AsyncIterator[bytes]
"""The bytes of an object, in their order; a generator that is not read to its end is closed."""

PORTION = 256 * 1024
"""How many bytes a portion has at most, each way."""

PAGE = 1000
"""How many names a page of a listing has, where the backend lets the client choose."""

LONGEST = 1024
"""How many bytes a name has at most: what all backends can hold."""


class Other(Failed):
    """The backend refused the call or could not answer; the guest reads the message, so it holds no secret."""

    case = "other"


class AccessDenied(Failed):
    """This component may not use this container."""

    case = "access-denied"


class NoSuchObject(Failed):
    """There is no object of this name, where one is needed."""

    case = "no-such-object"

    def __init__(self, name: str) -> None:
        super().__init__(f'there is no object "{name}"')


@dataclass(frozen=True, slots=True)
class Object:
    """What is known of an object: its bytes, and when it was written, in seconds since 1970."""

    size: int
    created_at: int


class Upload(Protocol):
    """An object on its way. Its methods are called one after the other, but for `close`."""

    def write(self, portion: bytes) -> Reply[None]:
        """Take the next bytes: as many as the guest wrote, some hundred kB. The guest waits for the answer."""

    def finish(self) -> Reply[None]:
        """Let others see the object, in place of the one that was there; it is kept when this returns."""

    def close(self) -> Reply[None]:
        """Give back what is held, and leave nothing of an object that was not finished. Always called, once."""


class Container(Protocol):
    """The methods of a container; each may be `def` or `async def`, and all are called concurrently.

    A name is any text: what the backend cannot hold is refused with `Other` (`check_name` has what all refuse), never
    changed. Nobody ever sees half of an object: a write has happened when `finish` returns.
    """

    def created_at(self) -> Reply[int]:
        """When the container was made, in seconds since 1970; 0 where nobody knows."""

    def info(self, name: str) -> Reply[Object | None]:
        """What is known of an object, or None if there is none of this name."""

    def read(self, name: str, start: int, end: int) -> Reply[tuple[int, Portions] | None]:
        """How many bytes there are from `start` up to `end`, exclusive, and the bytes; None if there is no object.

        An `end` beyond the object means its end, and a `start` beyond it is `Other` (its end itself is not). All
        portions are of the object as it was when this returned; if that cannot be had any more, a portion fails.
        """

    def write(self, name: str) -> Reply[Upload]:
        """Begin to write an object."""

    def names(self) -> Pages:
        """All names in any order, in pages: a container larger than the memory can be listed."""

    def delete(self, names: list[str]) -> Reply[None]:
        """Remove all; absent ones are fine. A failure may leave some removed."""

    def copy(self, source: str, destination: str) -> Reply[None]:
        """Copy an object, in place of the one that was there. Raises NoSuchObject."""

    def rename(self, source: str, destination: str) -> Reply[None]:
        """Move an object, in place of the one that was there. Raises NoSuchObject."""


def check_name(name: str) -> str:
    """The name. Raises Other where it is none for an object: a path that leads somewhere else in some backend."""
    if not name:
        raise Other("the name of an object is empty")
    if len(name.encode()) > LONGEST:
        raise Other(f"the name of an object is longer than {LONGEST} bytes")
    if any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in name):
        raise Other("the name of an object has a control character")
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise Other("the name of an object has a part between slashes that is empty, `.` or `..`")
    return name


def bounds(size: int, start: int, end: int) -> tuple[int, int]:
    """The range in an object of this size. Raises Other where it starts after the object's end."""
    if start > size:
        raise Other(f"the range starts at {start}, and the object has {size} bytes")
    return start, min(end, size)
