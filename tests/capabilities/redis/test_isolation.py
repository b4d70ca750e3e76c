"""Two guests that share an address share its data and nothing else."""

import asyncio
import re

import pytest

from atoll.capabilities.redis import commands
from atoll.capabilities.redis.provider import Other
from tests.capabilities.redis.conftest import provider
from tests.servers.redis_tls import Server

# Of those that the server counts among commands about connections, these leave no trace.
HARMLESS = {"PING", "ECHO", "COMMAND"}


def listed(server: Server, category: str) -> set[str]:
    return {name.upper() for name in server.asked("COMMAND", "LIST", "FILTERBY", "ACLCAT", category).split()}


@pytest.mark.parametrize("category", ["connection", "transaction"])
def test_no_command_about_connections_is_sent_on_a_shared_one(server: Server, category: str) -> None:
    names = {name.partition("|")[0] for name in listed(server, category)}
    assert names >= {"connection": {"SELECT", "AUTH", "CLIENT"}, "transaction": {"MULTI", "WATCH"}}[category]
    assert {name for name in names if commands.shareable([name.encode()])} <= HARMLESS
    assert {name for name in names if not commands.refusal([name.encode()])} <= HARMLESS


def test_no_command_that_turns_a_connection_into_a_stream_is_sent(server: Server) -> None:
    names = {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "SYNC", "PSYNC"}
    everything = {name.upper() for name in server.asked("COMMAND", "LIST").split()}
    assert names <= everything
    assert all(commands.refusal([name.lower().encode()]) for name in names)


@pytest.mark.parametrize("command", ["multi", " MULTI", "Client REPLY", "CLIENT\tREPLY", "script debug"])
def test_a_command_is_refused_however_it_is_written(command: str) -> None:
    assert commands.refusal(commands.words(command, [b"yes"]))


def test_a_subcommand_is_refused_wherever_it_stands() -> None:
    assert commands.refusal(commands.words("SCRIPT", [b"debug", b"YES"]))
    assert commands.refusal(commands.words("SCRIPT", [b"LOAD", b"return 1"])) is None


def test_a_refused_command_says_what_to_do_instead(server: Server) -> None:
    async def run() -> None:
        async with provider() as redis:
            with pytest.raises(Other, match=r"MULTI cannot be executed: .* use EVAL"):
                await redis.execute(server.address, "multi", [])
            with pytest.raises(Other, match=r"SELECT cannot be executed: .* address"):
                await redis.execute(server.address, "SELECT", [3])
            assert server.clients() == 0

    asyncio.run(run())


def test_an_unknown_command_gets_a_connection_that_nobody_uses_afterwards(server: Server) -> None:
    async def run() -> None:
        async with provider() as redis:
            await redis.get(server.address, "n")
            shared = await redis.execute(server.address, "EVAL", [b"return redis.call('DBSIZE')", 0])
            before = int(server.asked("INFO", "stats").split("total_connections_received:")[1].split()[0])
            assert await redis.execute(server.address, "ACL", [b"WHOAMI"]) == [b"default"]
            assert await redis.execute(server.address, "CONFIG GET", [b"maxclients"]) != []
            after = int(server.asked("INFO", "stats").split("total_connections_received:")[1].split()[0])
            assert await redis.execute(server.address, "EVAL", [b"return redis.call('DBSIZE')", 0]) == shared
            # One more is the question itself.
            assert after - before == 3
            assert server.clients() == 1

    asyncio.run(run())


def test_guests_with_different_users_or_databases_never_share_a_connection(server: Server) -> None:
    guest = f"redis://guest:geheim%20is+it@127.0.0.1:{server.port}"

    async def run() -> None:
        async with provider() as redis:
            for number in range(6):
                address = (server.address, guest, f"{server.address}/1")[number % 3]
                await redis.set(address, "whose", str(number % 3).encode())
            assert await redis.get(f"{server.address}/1", "whose") == b"2"
            assert await redis.get(server.address, "whose") == b"1"
            lines = [line for line in server.asked("CLIENT", "LIST").splitlines() if "cmd=client" not in line]
            places = {(re.search(r" db=(\d+)", line)[1], re.search(r" user=(\w+)", line)[1]) for line in lines}  # type: ignore[index]
            assert places == {("0", "default"), ("0", "guest"), ("1", "default")}
            assert len(lines) == 3

    asyncio.run(run())


def test_a_blocking_command_holds_up_nobody_else(server: Server) -> None:
    async def run() -> None:
        async with provider() as redis:
            blocking = asyncio.create_task(redis.execute(server.address, "BLPOP", [b"queue", 0]))
            async with asyncio.timeout(1):
                for _ in range(20):
                    await redis.incr(server.address, "n")
            assert not blocking.done()
            await redis.execute(server.address, "RPUSH", [b"queue", b"item"])
            assert await blocking == [b"queue", b"item"]

    asyncio.run(run())
