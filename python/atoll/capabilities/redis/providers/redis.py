"""Redis servers over the network, through pooled connections that all guests share."""

import asyncio
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Annotated, ClassVar, TypeVar

from msgspec import Struct

from atoll.capabilities.authorities import CaRootsFile, ca_roots
from atoll.capabilities.pool import Full, Limits, Pool
from atoll.capabilities.provider import Place
from atoll.capabilities.redis import commands
from atoll.capabilities.redis.addresses import Address, parse
from atoll.capabilities.redis.provider import Other, Reply, TooManyConnections, WrongType
from atoll.manifest.fields import Doc

try:
    from redis import exceptions

    from atoll.capabilities.redis.connection import Connection, Terms, Word, connect
    from atoll.capabilities.redis.replies import Tree, flat
except ImportError as missing:
    raise ImportError("outbound Redis needs a client library: pip install 'atoll[redis]'") from missing

Value = TypeVar("Value")


class RedisConfig(Struct, kw_only=True):
    """The keys of `[outbound_redis]`."""

    max_connections: Annotated[int, Doc("Most connections of a process to all Redis servers together.")] = 64
    connect_timeout: Annotated[float, Doc("Seconds to connect, and to wait for one of the connections.")] = 10
    operation_timeout: Annotated[float, Doc("Seconds that a command may take; blocking commands too.")] = 30
    idle_timeout: Annotated[float, Doc("Seconds after which a connection that nobody used is closed.")] = 60
    max_reply_bytes: Annotated[int, Doc("Bytes of the largest reply; each element counts 32 more.")] = 128 << 20
    ca_roots_file: CaRootsFile = None


class RedisServers:
    """A connection serves one command at a time, then whoever comes next with the same address."""

    Config: ClassVar[type[Struct]] = RedisConfig

    def __init__(self, config: RedisConfig, place: Place) -> None:
        self._roots = ca_roots(config.ca_roots_file, place)
        self._terms = Terms(config.connect_timeout, config.idle_timeout, config.max_reply_bytes)
        self._patience = config.operation_timeout
        limits = Limits(config.connect_timeout, total=config.max_connections)
        self._pool: Pool[Address, Connection] = Pool(self._connect, limits)

    async def open(self, address: str) -> None:
        """Connect, unless a connection is at hand."""
        server = parse(address)
        with _failures(server):
            async with self._pool.lease(server):
                pass

    async def publish(self, address: str, channel: str, payload: bytes) -> None:
        """PUBLISH."""
        await self._typed(address, "PUBLISH", channel, payload)

    async def get(self, address: str, key: str) -> bytes | None:
        """GET."""
        value = await self._typed(address, "GET", key)
        return None if value is None else _expected(bytes, value)

    async def set(self, address: str, key: str, value: bytes) -> None:
        """SET."""
        await self._typed(address, "SET", key, value)

    async def incr(self, address: str, key: str) -> int:
        """INCR."""
        return _expected(int, await self._typed(address, "INCR", key))

    async def delete(self, address: str, keys: Sequence[str]) -> int:
        """DEL."""
        return _expected(int, await self._typed(address, "DEL", *keys))

    async def sadd(self, address: str, key: str, values: Sequence[str]) -> int:
        """SADD."""
        return _expected(int, await self._typed(address, "SADD", key, *values))

    async def smembers(self, address: str, key: str) -> list[str]:
        """SMEMBERS."""
        return _texts(flat(await self._typed(address, "SMEMBERS", key)))

    async def srem(self, address: str, key: str, values: Sequence[str]) -> int:
        """SREM."""
        return _expected(int, await self._typed(address, "SREM", key, *values))

    async def execute(self, address: str, command: str, arguments: Sequence[int | bytes]) -> list[Reply]:
        """Any command but those of `commands.refusal`."""
        server, sent = parse(address), commands.words(command, arguments)
        refused = commands.refusal(sent)
        if refused is not None:
            raise Other(refused)
        with _failures(server):
            return list(flat(await self._ask(server, sent, alone=not commands.shareable(sent))))

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Made when TLS is first used, as reading the system's authorities takes a while."""
        return ssl.create_default_context(cafile=self._roots)

    async def _connect(self, address: Address) -> Connection:
        return await connect(address, self._terms, self._trust if address.tls else None)

    async def _typed(self, address: str, *words: Word) -> Tree:
        """The reply to a command that a type of value belongs to."""
        server = parse(address)
        with _failures(server):
            try:
                return await self._ask(server, words)
            except exceptions.ResponseError as error:
                if str(error).startswith(("WRONGTYPE ", "ERR value is not an integer")):
                    raise WrongType(str(error)) from None
                raise

    async def _ask(self, server: Address, words: Sequence[Word], *, alone: bool = False) -> Tree:
        async with self._pool.lease(server, alone=alone) as connection:
            try:
                async with asyncio.timeout(self._patience):
                    return await connection.ask(words)
            except TimeoutError:
                raise Other(f"{server} did not answer within {self._patience:g} s") from None


@contextmanager
def _failures(server: Address) -> Iterator[None]:
    """What went wrong, in the room's own errors. The library's texts name host and port, and no credentials."""
    try:
        yield
    except Full:
        raise TooManyConnections(f"no connection to {server} came free in time") from None
    except (TimeoutError, exceptions.TimeoutError):
        raise Other(f"{server} did not accept the connection in time") from None
    except exceptions.RedisError as error:
        if str(error).startswith("ERR max number of clients"):
            raise TooManyConnections(f"{server} accepts no more connections") from None
        raise Other(str(error)) from None


def _expected(kind: type[Value], reply: object) -> Value:
    if isinstance(reply, kind):
        return reply
    raise Other("the server's reply is of another kind than the command's")


def _texts(members: Iterable[Reply]) -> list[str]:
    try:
        return [_expected(bytes, member).decode() for member in members]
    except UnicodeDecodeError:
        raise WrongType("a member of the set is not UTF-8") from None
