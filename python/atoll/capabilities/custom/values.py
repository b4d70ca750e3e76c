"""What Python has no value for: the error of a `result`, and options and results inside of other values."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class WitError(Exception):
    """Raised by a method whose function gives a `result`: the guest gets `payload` as its error.

    Any other exception ends the guest's call, and its traceback is logged.
    """

    def __init__(self, payload: Any = None) -> None:
        super().__init__(payload)
        self.payload = payload


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """A `result` inside of another value that went well. A method itself returns the plain value."""

    value: T


@dataclass(frozen=True, slots=True)
class Err(Generic[T]):
    """A `result` inside of another value that did not. A method itself raises WitError."""

    value: T


@dataclass(frozen=True, slots=True)
class Some(Generic[T]):
    """What an option of an option holds: None is none of the outer one, `Some(None)` of the inner one."""

    value: T
