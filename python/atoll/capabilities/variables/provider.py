"""What a provider of variables is: the Protocol, its errors, and the names it is asked for.

Interfaces: fermyon:spin/config, fermyon:spin/variables@2.0.0, spin:variables/variables@3.0.0 and
wasi:config/store@0.2.0-draft-2024-09-27. Values may be secret: nothing of this room puts one into a message, a log
record or the text of an object.
"""

from collections.abc import Awaitable
from typing import ClassVar, Protocol

from atoll.capabilities.provider import Failed
from atoll.manifest import ids

_MOST_CHARACTERS = 256


class Variables(Protocol):
    """A place that has values of variables.

    A provider whose `get` is not `async` and never waits may carry `quick = True`: the chain then calls it where it
    stands, otherwise on a thread. One whose values stay those of the start may carry `settled = True`: it is asked when
    the app is loaded, and never again.
    """

    def get(self, name: str) -> Awaitable[str | None] | str | None:
        """The value of a variable, or None where this provider does not have it and the next one is to be asked.

        `name` is lower-case letters, digits and single `_`; others may be answered with None or InvalidName. Raises
        BackendFailed (or Unreachable) when the backend cannot answer: then no other provider is asked, as the value
        that counts may be the one that could not be read.
        """


class InvalidName(Failed):
    """No variable can have this name."""

    case: ClassVar[str] = "invalid-name"


class BackendFailed(Failed):
    """The backend refused, or answered with something that is no value."""

    case: ClassVar[str] = "provider"


class Unreachable(BackendFailed):
    """The backend is down, sealed or too slow: a value that was read a while ago may stand in for the answer."""


def checked(name: str) -> str:
    """The name itself, or InvalidName: so no name reaches a path, a URL or the environment that was not meant to."""
    wrong = ids.variable_key(name[:_MOST_CHARACTERS])
    if wrong is None and len(name) > _MOST_CHARACTERS:
        wrong = f"names of variables have at most {_MOST_CHARACTERS} characters"
    if wrong is not None:
        raise InvalidName(wrong)
    return name
