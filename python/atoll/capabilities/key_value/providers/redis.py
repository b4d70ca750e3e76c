"""Redis and what speaks its protocol: plain keys and strings in the database of the URL, as Spin stores them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, ClassVar, cast

from msgspec import Struct

from atoll.capabilities.key_value.counting import not_a_number, out_of_range
from atoll.capabilities.key_value.remote import PAGE, Backend, Remote
from atoll.capabilities.provider import Place

try:
    from redis import exceptions

    from atoll.capabilities.redis_client import Url, check_url, client, close
except ImportError as missing:
    raise ImportError("the key-value store `redis` needs its client: pip install 'atoll[redis]'") from missing

_SWAP = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) return 1 end return 0"


class RedisConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "redis"`."""

    url: Url

    def __post_init__(self) -> None:
        super().__post_init__()
        check_url(self.url, self)


class Redis:
    """A store in one Redis database; a cancelled or timed out call costs its connection, nothing else."""

    Config: ClassVar[type[Struct]] = RedisConfig

    def __init__(self, config: RedisConfig, place: Place) -> None:
        self._client = client(config.url, config)
        self._call = Backend("Redis", config, _explain).call

    async def get(self, key: str) -> bytes | None:
        """GET."""
        async with self._call():
            return cast("bytes | None", await _repeatable(self._client.get, key))

    async def set(self, key: str, value: bytes) -> None:
        """SET, which also ends a time to live that someone else gave the key."""
        async with self._call():
            await _repeatable(self._client.set, key, value)

    async def delete(self, key: str) -> None:
        """DEL."""
        await self.delete_many([key])

    async def exists(self, key: str) -> bool:
        """EXISTS, for values of any type."""
        async with self._call():
            return bool(await _repeatable(self._client.exists, key))

    async def keys(self) -> AsyncIterator[list[str]]:
        """SCAN: a key may come twice while the server resizes its table; keys that are no text are left out."""
        cursor = -1
        while cursor:
            async with self._call():
                cursor, found = await _repeatable(self._client.scan, max(cursor, 0), None, PAGE)
            if page := [key for raw in found if (key := _text(cast("bytes", raw))) is not None]:
                yield page

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """MGET."""
        if not keys:
            return []
        async with self._call():
            return cast("list[bytes | None]", await _repeatable(self._client.mget, keys))

    async def set_many(self, items: list[tuple[str, bytes]]) -> None:
        """MSET: all at once, or none."""
        if items:
            async with self._call():
                await _repeatable(self._client.mset, dict(items))

    async def delete_many(self, keys: list[str]) -> None:
        """DEL: all at once."""
        if keys:
            async with self._call():
                await _repeatable(self._client.delete, *keys)

    async def increment(self, key: str, delta: int) -> int:
        """INCRBY."""
        async with self._call():
            try:
                return int(await self._client.incrby(key, delta))
            except exceptions.ResponseError as error:
                if "overflow" in str(error):
                    raise out_of_range() from error
                if "not an integer" in str(error):
                    raise not_a_number() from error
                raise

    async def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """SET NX, or a script that compares first."""
        async with self._call():
            if expected is None:
                return bool(await self._client.set(key, value, nx=True))
            return bool(await self._client.eval(_SWAP, 1, key, expected, value))

    async def close(self) -> None:
        """Close all connections."""
        await close(self._client)


async def _repeatable(command: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """The answer to a command that may be carried out twice: sent again if the pool's connection was a dead one."""
    try:
        return await command(*arguments)
    except exceptions.AuthenticationError:
        raise
    except exceptions.ConnectionError:
        return await command(*arguments)


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _explain(error: Exception) -> str | None:
    match error:
        case exceptions.AuthenticationError() | exceptions.AuthorizationError() | exceptions.NoPermissionError():
            return "refused the user, the password or the command"
        case exceptions.ConnectionError() | exceptions.TimeoutError():
            return "cannot be reached"
        case exceptions.ResponseError() if "invalid bulk length" in str(error):
            return "refused the value, which is larger than its `proto-max-bulk-len` (512 MiB by default)"
        case exceptions.RedisError():
            return f"refused the call: {error}"
    return None
