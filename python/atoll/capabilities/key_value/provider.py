"""What a key-value store answers, and how it may fail.

One object is one store: the one that a label of the manifest stands for. Its methods serve every version of the
interface: `fermyon:spin/key-value`, `fermyon:spin/key-value@2.0.0`, `spin:key-value/key-value@3.0.0` and the `store`,
`batch` and `atomics` of `wasi:keyvalue@0.2.0-draft2`.
"""

from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Protocol, TypeAlias, TypeVar

from atoll.capabilities.provider import Failed

T = TypeVar("T")

Reply: TypeAlias = T | Awaitable[T]
"""What a method gives back: `def` the value, `async def` an awaitable of it."""

Pages: TypeAlias = Iterator[list[str]] | AsyncIterator[list[str]]
"""What `keys` gives back: a generator, `def` or `async def`."""


class Other(Failed):
    """The backend refused the call or could not answer; the guest reads the message, so it holds no secret."""

    case = "other"


class AccessDenied(Failed):
    """This component may not use this store. Bad credentials in the configuration are `Other`: no grant mends them."""

    case = "access-denied"


class NoSuchStore(Failed):
    """The label stands for nothing. Raised by providers that learn of it only when they are called."""

    case = "no-such-store"


class Store(Protocol):
    """The methods of a store; each may be `def` or `async def`, and all are called concurrently.

    A key is any text, the empty one and one with NUL included: what the backend cannot hold is refused with `Other`,
    never changed. A value is any bytes; one over the backend's limit is refused with `Other`, naming that limit.
    A write has happened when its method returns. A call that is cancelled may have happened or not.
    """

    def get(self, key: str) -> Reply[bytes | None]:
        """The value, or None if the key is absent."""

    def set(self, key: str, value: bytes) -> Reply[None]:
        """Store the value, in place of the one that was there."""

    def delete(self, key: str) -> Reply[None]:
        """Remove the key; an absent one is fine."""

    def exists(self, key: str) -> Reply[bool]:
        """Whether the key has a value."""

    def keys(self) -> Pages:
        """All keys in any order, in pages: a store larger than the memory can be listed.

        A key that stays for as long as the listing takes is in it, once where the backend can tell.
        """

    def get_many(self, keys: list[str]) -> Reply[list[bytes | None]]:
        """The value of each key, in the order asked; a key may be asked twice."""

    def set_many(self, items: list[tuple[str, bytes]]) -> Reply[None]:
        """Store all; of a key that is given twice, the last. A failure may leave some stored."""

    def delete_many(self, keys: list[str]) -> Reply[None]:
        """Remove all; absent ones are fine. A failure may leave some removed."""

    def increment(self, key: str, delta: int) -> Reply[int]:
        """Add to the number at the key, atomically, and give the sum; absent counts as 0.

        Numbers are signed 64-bit, stored as decimal text: what `set` stored as `41` can be incremented, and `get`
        reads `42`. Another value, or a sum out of range, is `Other` and stays as it is.
        """

    def swap(self, key: str, expected: bytes | None, value: bytes) -> Reply[bool]:
        """Store the value if the present one is as expected, atomically; None: if the key is absent.

        Whether it was stored. False may also mean that someone wrote the expected value anew in between.
        """
