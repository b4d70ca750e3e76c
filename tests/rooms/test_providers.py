"""Stores that Python objects answer for: the shipped ones, and those of any package that names one."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.packages import install
from tests.rooms.conftest import AskedInVain, Open
from tests.servers.redis import redis
from tests.support import processor_time

KEYS = 'key_value_stores = ["default"]\n'


@pytest.fixture
def package(tmp_path: Path) -> str:
    """A path of modules whose first folder has a package that names two providers."""
    stores = {"awaited": "tests.rooms.stores:Awaited", "plain": "tests.rooms.stores:Plain"}
    return install(tmp_path / "packages", "key_value", stores)


def config(kind: str) -> str:
    return f'[key_value_store.default]\ntype = "{kind}"\n'


@pytest.mark.parametrize("kind", ["awaited", "plain"])
@pytest.mark.parametrize("guest, path", [("rust-rooms", "key-value/v2"), ("python-rooms-p3", "key-value")])
def test_a_package_may_bring_a_store(open_room: Open, package: str, kind: str, guest: str, path: str) -> None:
    with open_room(guest, KEYS, config(kind), "--workers", "1", PYTHONPATH=package) as room:
        room(f"{path}/set", b"\0hi", store="default", key="a")
        room(f"{path}/set", b"", store="default", key="b")
        assert room(f"{path}/get", store="default", key="a") == b"\0hi"
        assert room(f"{path}/exists", store="default", key="c").lower() == b"false"
        assert room(f"{path}/keys", store="default") == b"a\nb"
        room(f"{path}/delete", store="default", key="a")
        assert room.maybe(f"{path}/get", store="default", key="a") is None


def test_batches_and_swaps_reach_it_too(open_room: Open, package: str) -> None:
    with open_room("rust-rooms", KEYS, config("awaited"), "--workers", "1", PYTHONPATH=package) as room:
        room("key-value/wasi/set-many", b"!", store="default", keys="a,b,c")
        room("key-value/wasi/delete-many", store="default", keys="b")
        many = room("key-value/wasi/get-many", store="default", keys="c,b")
        assert many == b'[("c", Some([33])), ("b", None)]'
        assert room("key-value/wasi/swap", b"x", store="default", key="a") == b"swapped Some([33])"
        assert room("key-value/wasi/swap", b"x", store="default", key="a", between="y") == b"kept Some([121])"


def test_what_it_refuses_is_told_as_the_interfaces_case(open_room: Open, package: str) -> None:
    with (
        open_room("rust-rooms", KEYS, config("awaited"), "--workers", "1", PYTHONPATH=package) as room,
        pytest.raises(AskedInVain, match="Error::AccessDenied"),
    ):
        room("key-value/wasi/increment", store="default", key="a", delta=1)


def test_a_fault_of_it_is_told_without_its_words_and_logged_with_them(open_room: Open, package: str) -> None:
    with open_room("rust-rooms", KEYS, config("awaited"), "--workers", "1", PYTHONPATH=package) as room:
        with pytest.raises(AskedInVain) as raised:
            room("key-value/v2/get", store="default", key="fault")
        assert "the provider failed: KeyError" in str(raised.value)
        assert "secret" not in str(raised.value)
        room.app.wait_for("KeyError: 'a secret'")


def test_a_slow_answer_after_many_quick_ones_keeps_nobody_awake(open_room: Open, package: str) -> None:
    keys = KEYS + 'tool.atoll.limits = { deadline = "3s" }\n'
    with open_room("rust-rooms", keys, config("awaited"), "--workers", "1", PYTHONPATH=package) as room:
        for _ in range(50):
            room("key-value/v2/exists", store="default", key="a")
        with ThreadPoolExecutor(1) as aside:
            path = f"{room.app.url}/key-value/v2/get"
            waiting = aside.submit(room.client.post, path, params={"store": "default", "key": "forever"})
            time.sleep(0.5)
            before = processor_time(room.app.process.pid)
            time.sleep(2)
            assert processor_time(room.app.process.pid) - before < 0.5
            assert waiting.result().status_code == 504


def test_a_call_that_is_ended_cancels_what_it_waits_for(open_room: Open, package: str) -> None:
    keys = KEYS + 'tool.atoll.limits = { deadline = "1s" }\n'
    with open_room("rust-rooms", keys, config("awaited"), "--workers", "1", PYTHONPATH=package) as room:
        answer = room.client.post(f"{room.app.url}/key-value/v2/get", params={"store": "default", "key": "forever"})
        assert answer.status_code == 504
        assert room("key-value/v2/get", store="default", key="cancelled") == b"True"
    assert "a provider failed" not in room.app.stderr


@pytest.mark.parametrize("kind", ["awaited", "plain"])
def test_a_store_is_closed_once_the_last_app_that_had_it_is_gone(open_room: Open, package: str, kind: str) -> None:
    with open_room("rust-rooms", KEYS, config(kind), "--workers", "1", PYTHONPATH=package) as room:
        room("key-value/v2/set", b"hi", store="default", key="a")
        room.app.signal(signal.SIGHUP)
        room.app.wait_for("the store was closed")
        assert room.maybe("key-value/v2/get", store="default", key="a") is None


@pytest.mark.parametrize("kind", ["awaited", "plain"])
def test_many_wait_for_it_at_the_same_time(open_room: Open, package: str, kind: str) -> None:
    flags = ("--workers", "1")
    with (
        open_room("rust-rooms", KEYS, config(kind), *flags, PYTHONPATH=package) as room,
        ThreadPoolExecutor(16) as many,
    ):
        room.maybe("key-value/v2/get", store="default", key="sleep")
        began = time.monotonic()
        list(many.map(lambda _: room.maybe("key-value/v2/get", store="default", key="sleep"), range(320)))
        assert time.monotonic() - began < 0.01 * 320 / 2


def test_redis_keeps_what_guests_set(open_room: Open, tmp_path: Path) -> None:
    with redis(tmp_path) as server:
        text = f'[key_value_store.default]\ntype = "redis"\nurl = "{server.url}"\n'
        with open_room("rust-rooms", KEYS, text, "--workers", "2", "--key-value", "first=1") as room:
            assert room("key-value/v2/get", store="default", key="first") == b"1"
            room("key-value/v2/set", b"hi", store="default", key="a")
            assert room("key-value/wasi/increment", store="default", key="n", delta=2) == b"2"
            server.stop()
            with pytest.raises(AskedInVain, match="Error::Other"):
                room("key-value/v2/get", store="default", key="a")
            server.start()
            assert room("key-value/v2/get", store="default", key="a") == b"hi"
