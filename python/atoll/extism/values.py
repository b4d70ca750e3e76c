"""What host functions take and give: numbers with their types, blocks of memory, and how types become bytes."""

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class ValType(Enum):
    """A type of WebAssembly; a pointer is an i64, the offset of a block."""

    I32 = 0
    PTR = 1
    I64 = 1  # noqa: PIE796 -- another name for it
    F32 = 2
    F64 = 3
    V128 = 4
    FUNC_REF = 5
    EXTERN_REF = 6


class Val:
    """A value and its type; a host function sets `value` of its results."""

    __slots__ = ("t", "value")

    def __init__(self, t: ValType, value: Any) -> None:
        self.t = t
        self.value = value

    def __repr__(self) -> str:
        return f"Val({self.t}, {self.value})"


@dataclass(frozen=True, slots=True)
class Memory:
    """A block: where it begins, and its bytes. A length of 0 says that no block begins there."""

    offset: int
    length: int

    def __len__(self) -> int:
        return self.length


class Codec:
    """For `Annotated[T, Codec(f)]`: `f` makes a value of bytes, or bytes of a value."""

    def __init__(self, codec: Callable[[Any], Any]) -> None:
        self.codec = codec


class Json(Codec):
    """For `Annotated[T, Json]`: JSON."""


class Pickle(Codec):
    """For `-> Annotated[T, Pickle]`: a result as pickled bytes.

    It is refused for parameters: to unpickle what a guest wrote is to run whatever the guest wants, outside of its
    sandbox.
    """


Reader = Callable[[bytes], Any]
Writer = Callable[[Any], bytes]


def reader(codec: Any) -> Reader:
    """What makes a parameter of bytes. Raises TypeError for `Pickle`, see there."""
    if codec is Pickle or isinstance(codec, Pickle):
        raise TypeError("a parameter cannot be Pickle: unpickling what a guest wrote runs its code outside; use Json")
    if codec is Json or isinstance(codec, Json):
        return json.loads
    return _own(codec)


def writer(codec: Any) -> Writer:
    """What makes bytes of a result."""
    if codec is Pickle or isinstance(codec, Pickle):
        return pickle.dumps
    if codec is Json or isinstance(codec, Json):
        return lambda value: json.dumps(value).encode()
    return _own(codec)


def _own(codec: Any) -> Callable[[Any], Any]:
    if not isinstance(codec, Codec):
        raise TypeError(f"{codec!r} is no codec")
    return codec.codec
