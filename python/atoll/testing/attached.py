"""Objects of a test where apps name classes: as `module:name`.

A provider is named in a document and made where it is needed, which may be another process. In a test it is an object
that is here already; so it has a name in this module until the test ends.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from msgspec import Struct

from atoll.capabilities.provider import Place

_attached: dict[str, Any] = {}
_numbers = itertools.count(1)


class NoKeys(Struct):
    """The configuration of an object that is here."""


class Here:
    """A class of providers, as far as one can tell, that makes the one object."""

    Config: ClassVar[type[Struct]] = NoKeys

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def __call__(self, config: Struct, place: Place) -> Any:
        """The object."""
        return self._provider


@contextmanager
def attached(target: Any) -> Iterator[str]:
    """The reference under which the object is found until the block ends."""
    name = f"attached_{next(_numbers)}"
    _attached[name] = target
    try:
        yield f"{__name__}:{name}"
    finally:
        del _attached[name]


def __getattr__(name: str) -> Any:
    try:
        return _attached[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
