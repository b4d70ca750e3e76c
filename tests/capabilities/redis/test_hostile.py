"""A server that is hostile, or has more to say than a guest may hear, takes neither memory nor time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.capabilities.redis.conftest import failed, provider
from tests.servers.redis_tls import Server


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """The address of a server that says this to whatever it is sent, again and again until nobody listens."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(1)
            while answer:
                writer.write(answer * (1 + 65536 // len(answer)))
                await writer.drain()
            await reader.read()
        except OSError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


HOSTILE = {
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a line without end": b"+" * 65536,
    "a number that is none": b":one\r\n",
    "a number of more than 64 bits": b":9223372036854775808\r\n",
    "a negative length": b"$-2\r\n",
    "a length that is none": b"$1e3\r\n",
    "a string longer than it says": b"$1\r\nabc\r\n",
    "a string beyond the limit": b"$536870912\r\n",
    "an array beyond the limit": b"*536870912\r\n",
    "a negative array": b"*-5\r\n",
    "arrays in arrays": b"*1\r\n" * 1000,
    "another version of the protocol": b"%1\r\n+a\r\n+b\r\n",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_server_gets_neither_memory_nor_time(answer: bytes) -> None:
    async def run() -> None:
        async with provider(max_reply_bytes=1 << 20) as redis, answering(answer) as address:
            for call in (redis.get(address, "n"), redis.execute(address, "GET", [b"n"])):
                assert await failed(call, within=1)

    asyncio.run(run())


def test_a_server_that_is_silent_at_login_is_given_up() -> None:
    async def run() -> None:
        async with provider(connect_timeout=0.2) as redis, answering(b"") as address:
            silent = address.replace("//", "//:geheim@")
            assert "geheim" not in await failed(redis.open(silent), within=1)

    asyncio.run(run())


def test_a_reply_beyond_the_limit_is_refused_and_the_next_one_is_read(server: Server) -> None:
    many = (b"local t = {} for n = 1, 40000 do t[n] = n end return t", 0)

    async def run() -> None:
        async with provider(max_reply_bytes=1 << 20) as redis:
            await redis.set(server.address, "large", b"x" * ((1 << 20) + 1))
            for call in (redis.get(server.address, "large"), redis.execute(server.address, "EVAL", many)):
                assert await failed(call, within=2) == "query result exceeds limit of 1048576 bytes"
            await redis.set(server.address, "large", b"x" * 1_000_000)
            assert await redis.get(server.address, "large") == b"x" * 1_000_000

    asyncio.run(run())
