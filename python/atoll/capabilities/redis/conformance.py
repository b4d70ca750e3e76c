"""What every provider of outbound Redis must do, to run against a real server.

    @pytest.mark.parametrize("check", CHECKS)
    def test_my_provider_conforms(check):
        asyncio.run(check(MyProvider(...), "redis://127.0.0.1:6379"))

A check uses keys that begin with `conformance:` and removes them. The server needs no other content and keeps its own.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from atoll.capabilities.conformance import failure, settled
from atoll.capabilities.provider import Failed
from atoll.capabilities.redis.provider import InvalidAddress, Other, Redis, Reply, Status, WrongType

Check = Callable[[Redis, str], Awaitable[None]]

KEY = "conformance:key"
SET = "conformance:set"


async def executed(redis: Redis, address: str, command: str, *arguments: int | bytes) -> list[Reply]:
    """The reply to a command of `execute`."""
    return list(await settled(redis.execute(address, command, arguments)))


async def a_value_comes_back_as_it_was_set(redis: Redis, address: str) -> None:
    """Any bytes, the empty ones and a mebibyte too; what was not set is None."""
    for value in (b"Eureka!", b"", bytes(range(256)) + b"\r\n$-1\r\n", b"x" * (1 << 20)):
        await settled(redis.set(address, KEY, value))
        assert await settled(redis.get(address, KEY)) == value
    assert await settled(redis.delete(address, [KEY])) == 1
    assert await settled(redis.get(address, KEY)) is None


async def any_text_is_a_key(redis: Redis, address: str) -> None:
    """Empty, with blanks, line ends, NUL, or beyond ASCII: each is a key of its own."""
    keys = [KEY + end for end in ("", " ", " GET", "\r\nDEL x", "\0", "\0a", "ä", "🌊")]
    for number, key in enumerate(keys):
        await settled(redis.set(address, key, str(number).encode()))
    assert [await settled(redis.get(address, key)) for key in keys] == [str(n).encode() for n in range(len(keys))]
    assert await settled(redis.delete(address, [*keys, KEY + "absent"])) == len(keys)


async def numbers_are_incremented(redis: Redis, address: str) -> None:
    """From nothing to one; what is no number is a type error."""
    assert [await settled(redis.incr(address, KEY)) for _ in range(3)] == [1, 2, 3]
    assert await settled(redis.get(address, KEY)) == b"3"
    await settled(redis.set(address, KEY, b"-9"))
    assert await settled(redis.incr(address, KEY)) == -8
    await settled(redis.set(address, KEY, b"nine"))
    assert isinstance(await failure(lambda: redis.incr(address, KEY)), WrongType)
    await settled(redis.delete(address, [KEY]))


async def a_set_has_each_member_once(redis: Redis, address: str) -> None:
    """Numbers returned are of those that were added, or removed."""
    assert await settled(redis.sadd(address, SET, ["a", "b", "a"])) == 2
    assert await settled(redis.sadd(address, SET, ["b", "ç"])) == 1
    assert sorted(await settled(redis.smembers(address, SET))) == ["a", "b", "ç"]
    assert await settled(redis.srem(address, SET, ["a", "x"])) == 1
    assert sorted(await settled(redis.smembers(address, SET))) == ["b", "ç"]
    assert await settled(redis.delete(address, [SET])) == 1
    assert list(await settled(redis.smembers(address, SET))) == []


async def an_operation_for_another_type_is_a_type_error(redis: Redis, address: str) -> None:
    """In all operations that are for one type of value."""
    await settled(redis.sadd(address, SET, ["a"]))
    await settled(redis.set(address, KEY, b"text"))
    calls: Sequence[Callable[[], Any]] = (
        lambda: redis.get(address, SET),
        lambda: redis.incr(address, SET),
        lambda: redis.sadd(address, KEY, ["a"]),
        lambda: redis.smembers(address, KEY),
        lambda: redis.srem(address, KEY, ["a"]),
    )
    assert [type(await failure(call)) for call in calls] == [WrongType] * len(calls)
    await settled(redis.delete(address, [KEY, SET]))


async def replies_of_execute_have_spins_shapes(redis: Redis, address: str) -> None:
    """Statuses are told from bytes, arrays are flat, integers may be given as such."""
    assert await executed(redis, address, "SET", KEY.encode(), b"OK") == ["OK"]
    kinds = [type(reply) for command in ("SET", "GET") for reply in await _one(redis, address, command)]
    assert kinds == [Status, bytes]
    assert await executed(redis, address, "APPEND", KEY.encode(), 12) == [4]
    assert await executed(redis, address, "get", KEY.encode()) == [b"OK12"]
    assert await executed(redis, address, "MGET", KEY.encode(), b"conformance:absent") == [b"OK12", None]
    assert await executed(redis, address, "LRANGE", b"conformance:absent", 0, -1) == []
    nested = await executed(redis, address, "EVAL", b"return {1, {'two', {3, false}}, redis.status_reply('four')}", 0)
    assert nested == [1, b"two", 3, None, "four"] and type(nested[-1]) is Status
    assert await executed(redis, address, "DEL", KEY.encode()) == [1]


async def _one(redis: Redis, address: str, command: str) -> list[Reply]:
    arguments = (KEY.encode(), b"OK") if command == "SET" else (KEY.encode(),)
    return await executed(redis, address, command, *arguments)


async def an_error_of_the_server_is_told(redis: Redis, address: str) -> None:
    """With its text, as `other`; the next call is not touched by it."""
    assert "unknown command" in str(await failure(lambda: redis.execute(address, "NONSENSE", [b"x"])))
    nested = await failure(lambda: redis.execute(address, "EVAL", [b"return {1, redis.error_reply('BAD luck')}", 0]))
    assert isinstance(nested, Other) and "BAD luck" in str(nested)
    assert isinstance(await failure(lambda: redis.delete(address, [])), Other)
    assert isinstance(await failure(lambda: redis.execute(address, "", [])), Other)
    assert await executed(redis, address, "PING") == ["PONG"]


async def what_is_no_address_is_refused(redis: Redis, address: str) -> None:
    """Without a word of it in the message, as it may hold a password."""
    for wrong in ("", "nonsense", "http://127.0.0.1/", "redis://", "redis://:geheim@", "redis://u:geheim@h:99999"):
        failed = await failure(partial(redis.open, wrong))
        assert isinstance(failed, InvalidAddress), wrong
        assert "geheim" not in str(failed)


async def no_call_leaves_a_trace_for_the_next(redis: Redis, address: str) -> None:
    """Whatever a guest executes, the database, the user and the shape of replies stay those of the address."""
    await settled(redis.set(address, KEY, b"here"))
    attempts: Sequence[tuple[str, *tuple[bytes, ...]]] = (
        ("MULTI",),
        ("WATCH", KEY.encode()),
        ("SELECT", b"1"),
        ("select 1",),
        ("CLIENT", b"REPLY", b"SKIP"),
        ("CLIENT REPLY OFF",),
        ("HELLO", b"3"),
        ("RESET",),
        ("SUBSCRIBE", b"conformance"),
        ("MONITOR",),
        ("EVAL", b"redis.setresp(3); return redis.call('SELECT', 1)", b"0"),
    )
    for command, *arguments in attempts:
        with suppress(Failed):
            await executed(redis, address, command, *arguments)
        assert await settled(redis.get(address, KEY)) == b"here", command
        assert await executed(redis, address, "EVAL", b"return {1, false}", 0) == [1, None], command
    await settled(redis.delete(address, [KEY]))


async def a_message_is_published(redis: Redis, address: str) -> None:
    """To nobody at all; who listens is not told."""
    await settled(redis.open(address))
    published: object = await settled(redis.publish(address, "conformance", b"\0message"))
    assert published is None


CHECKS: tuple[Check, ...] = (
    a_value_comes_back_as_it_was_set,
    any_text_is_a_key,
    numbers_are_incremented,
    a_set_has_each_member_once,
    an_operation_for_another_type_is_a_type_error,
    replies_of_execute_have_spins_shapes,
    an_error_of_the_server_is_told,
    what_is_no_address_is_refused,
    no_call_leaves_a_trace_for_the_next,
    a_message_is_published,
)
