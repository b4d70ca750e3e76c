"""Replies of a Redis server in the shapes that the interface knows, read no further than a limit.

The client library's parser makes bytes of simple strings and of binary ones, and reads whatever length it is told; this
one, put in its place, keeps them apart and stops before memory is taken for more than the limit.
"""

from asyncio import IncompleteReadError, StreamReader
from collections.abc import Iterator
from typing import Any, ClassVar, TypeAlias

from redis._parsers.resp2 import _AsyncRESP2Parser
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import ResponseError

from atoll.capabilities.redis.provider import Other, Reply, Status

Tree: TypeAlias = "Reply | ResponseError | list[Tree]"

_ELEMENT = 32
"""Bytes that each element counts beyond its own, as it does in Spin's limit."""
_DEEPEST = 100


class Replies(_AsyncRESP2Parser):
    """A parser for one connection. After an exception the connection cannot be used any more."""

    limit: ClassVar[int]
    _stream: StreamReader

    async def read_response(self, disable_decoding: bool = False) -> Any:
        """One reply; an error of the server is returned with its whole text, for the library to raise."""
        self._left = self.limit
        try:
            return await self._tree(0)
        except IncompleteReadError:
            raise Lost("the server closed the connection") from None
        except ValueError:
            raise Lost("the server does not speak RESP2") from None

    async def _tree(self, depth: int) -> Tree:
        line = await self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise IncompleteReadError(line, None)
        self._spend(_ELEMENT + len(line))
        kind, rest = line[:1], line[1:-2]
        match kind:
            case b"$":
                return await self._binary(int(rest))
            case b"*":
                return await self._array(int(rest), depth)
            case b":":
                return _int64(rest)
            case b"+":
                return Status(rest.decode(errors="replace"))
            case b"-":
                return self._error(rest.decode(errors="replace"))
        raise ValueError(kind)

    async def _binary(self, length: int) -> bytes | None:
        if length == -1:
            return None
        self._spend(length)
        value: bytes = await self._stream.readexactly(length)
        if await self._stream.readexactly(2) != b"\r\n":
            raise ValueError(length)
        return value

    async def _array(self, length: int, depth: int) -> Tree:
        if length == -1:
            return None
        if depth == _DEEPEST:
            raise ValueError(depth)
        self._spend(length * _ELEMENT)
        return [await self._tree(depth + 1) for _ in range(length)]

    def _error(self, text: str) -> ResponseError:
        error: Exception = self.parse_error(text)  # type: ignore[no-untyped-call]
        error.args = (text,)
        if not isinstance(error, ResponseError):
            raise error
        return error

    def _spend(self, size: int) -> None:
        if size < 0:
            raise ValueError(size)
        self._left -= size
        if self._left < 0:
            raise Other(f"query result exceeds limit of {self.limit} bytes")


def flat(reply: Tree) -> Iterator[Reply]:
    """The reply as the interface's list: elements of arrays in their place. Raises an error that is among them."""
    if isinstance(reply, list):
        for element in reply:
            yield from flat(element)
    elif isinstance(reply, ResponseError):
        raise reply
    else:
        yield reply


def _int64(digits: bytes) -> int:
    value = int(digits)
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(digits)
    return value
