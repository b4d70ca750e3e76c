"""Redis as guests see it: at addresses that they may connect to, and nowhere else."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rooms.conftest import AskedInVain, Open
from tests.servers.redis import Redis, redis

each_version = pytest.mark.parametrize("version", ["v1", "v2"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis(tmp_path_factory.mktemp("redis")) as running:
        yield running


def granted(server: Redis) -> str:
    return f'allowed_outbound_hosts = ["redis://127.0.0.1:{server.port}"]\n'


@each_version
def test_what_was_set_is_found(open_room: Open, server: Redis, version: str) -> None:
    value = bytes(range(256)) * 400
    with open_room("rust-rooms", granted(server)) as room:
        key = f"found {version}"
        room(f"redis/{version}/set", value, address=server.url, key=key)
        assert room(f"redis/{version}/get", address=server.url, key=key) == value
        assert room(f"redis/{version}/del", address=server.url, words=f"{key},no such key") == b"1"
        assert not room.maybe(f"redis/{version}/get", address=server.url, key=key)


@each_version
def test_numbers_and_sets_are_kept(open_room: Open, server: Redis, version: str) -> None:
    with open_room("rust-rooms", granted(server)) as room:
        number, members = f"number {version}", f"members {version}"
        assert [room(f"redis/{version}/incr", address=server.url, key=number) for _ in range(2)] == [b"1", b"2"]
        assert room(f"redis/{version}/sadd", address=server.url, key=members, words="a,b,c") == b"3"
        assert room(f"redis/{version}/srem", address=server.url, key=members, words="b,x") == b"1"
        assert room(f"redis/{version}/smembers", address=server.url, key=members) == b"a\nc"
        room(f"redis/{version}/publish", b"hi", address=server.url, key="a channel")


def test_commands_are_executed_and_their_replies_keep_their_kinds(open_room: Open, server: Redis) -> None:
    with open_room("rust-rooms", granted(server)) as room:

        def execute(words: str) -> str:
            return room("redis/v2/execute", address=server.url, words=words).decode()

        assert execute("SET,word,hi") == '[RedisResult::Status("OK")]'
        assert execute("GET,word") == "[RedisResult::Binary([104, 105])]"
        assert execute("GET,nothing") == "[RedisResult::Nil]"
        assert execute("APPEND,word,7") == "[RedisResult::Int64(3)]"
        assert execute("MGET,word,nothing") == "[RedisResult::Binary([104, 105, 55]), RedisResult::Nil]"


def test_a_value_of_another_type_is_a_type_error(open_room: Open, server: Redis) -> None:
    with open_room("rust-rooms", granted(server)) as room:
        room("redis/v2/set", b"x", address=server.url, key="no set")
        with pytest.raises(AskedInVain, match="Error::TypeError"):
            room("redis/v2/smembers", address=server.url, key="no set")


@pytest.mark.parametrize(
    "version, what, told", [("v1", "get", "Error { code: 1"), ("v2", "open", "Error::InvalidAddress")]
)
def test_an_address_that_was_not_granted_is_denied(
    open_room: Open, server: Redis, version: str, what: str, told: str
) -> None:
    with open_room("rust-rooms", "") as room:
        with pytest.raises(AskedInVain, match=re.escape(told)):
            room(f"redis/{version}/{what}", address=server.url, key="a")
        room.app.wait_for(r"allowed_outbound_hosts = \[\"redis://127.0.0.1:\d+\"\]")


@pytest.mark.parametrize(
    "address", ["", "redis://", "http://127.0.0.1", "no address at all", "redis://127.0.0.1:99999"]
)
def test_what_is_no_address_is_invalid(open_room: Open, address: str) -> None:
    with (
        open_room("rust-rooms", 'allowed_outbound_hosts = ["redis://*:*"]\n') as room,
        pytest.raises(AskedInVain, match="Error::InvalidAddress"),
    ):
        room("redis/v2/open", address=address)


def test_a_blocked_network_is_not_reached_by_name_either(open_room: Open, server: Redis) -> None:
    config = '[outbound_networking]\nblock_networks = ["private"]\n'
    with open_room("rust-rooms", 'allowed_outbound_hosts = ["redis://*:*"]\n', config) as room:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(AskedInVain, match="Error::InvalidAddress"):
                room("redis/v2/open", address=f"redis://{host}:{server.port}")


def test_a_server_that_died_gives_an_error_in_time_and_is_found_again(open_room: Open, tmp_path: Path) -> None:
    with redis(tmp_path) as mortal, open_room("rust-rooms", granted(mortal)) as room:
        room("redis/v2/set", b"hi", address=mortal.url, key="a")
        mortal.stop()
        began = time.monotonic()
        with pytest.raises(AskedInVain, match="Error::Other"):
            room("redis/v2/get", address=mortal.url, key="a")
        assert time.monotonic() - began < 15
        mortal.start()
        assert room("redis/v2/get", address=mortal.url, key="a") == b"hi"


def test_keys_of_the_runtime_config_hold_and_others_are_refused(open_room: Open, server: Redis) -> None:
    config = "[outbound_redis]\nmax_reply_bytes = 100\n"
    with open_room("rust-rooms", granted(server), config) as room:
        room("redis/v2/set", b"x" * 1_000, address=server.url, key="large")
        with pytest.raises(AskedInVain, match="Error::Other"):
            room("redis/v2/get", address=server.url, key="large")
    with pytest.raises(RuntimeError, match="unknown key `max_connection`"):
        open_room("rust-rooms", granted(server), "[outbound_redis]\nmax_connection = 1\n").__enter__()


def test_connections_are_counted_among_those_of_all_kinds(open_room: Open, server: Redis) -> None:
    keys = f'allowed_outbound_hosts = ["redis://127.0.0.1:{server.port}"]\n'
    config = "[outbound_networking]\nmax_total_connections = {}\n"
    with (
        open_room("rust-rooms", keys, config.format(0)) as room,
        pytest.raises(AskedInVain, match="Error::TooManyConnections"),
    ):
        room("redis/v2/open", address=server.url)
    with open_room("rust-rooms", keys, config.format(1), "--workers", "1") as room:
        for _ in range(3):
            room("redis/v2/open", address=server.url)
