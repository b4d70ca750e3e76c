"""Guests that ask too much of a store, or for what is another's: the same whoever provides it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rooms.conftest import AskedInVain, Open
from tests.servers.redis import redis
from tests.support import resident

DEFAULT = 'key_value_stores = ["default"]\n'
QUOTAS = DEFAULT + 'tool.atoll.quotas = { key_bytes = 100, value_bytes = "1MiB", calls = 40 }\n'
MIB = 1 << 20


@pytest.fixture(params=["spin", "memory", "redis"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The runtime config of each provider in turn."""
    with provided(request.param, tmp_path) as text:
        yield text


@contextmanager
def provided(kind: str, folder: Path) -> Iterator[str]:
    head = f'[key_value_store.default]\ntype = "{kind}"\n'
    if kind != "redis":
        yield head
        return
    with redis(folder) as server:
        yield f'{head}url = "{server.url}"\n'


@pytest.mark.parametrize("version", ["v1", "v2", "wasi"])
def test_a_value_or_key_beyond_the_quota_is_refused_by_name(open_room: Open, config: str, version: str) -> None:
    path = f"key-value/{version}"
    with open_room("rust-rooms", QUOTAS, config, "--workers", "1") as room:
        room(f"{path}/set", b"x" * MIB, store="default", key="k" * 100)
        with pytest.raises(AskedInVain, match=r"a value of 1048577 bytes.*quotas.value_bytes"):
            room(f"{path}/set", b"x" * (MIB + 1), store="default", key="k")
        for what in ("set", "get", "exists", "delete"):
            with pytest.raises(AskedInVain, match=r"a key of 101 bytes.*quotas.key_bytes"):
                room(f"{path}/{what}", b"x", store="default", key="k" * 101)
        assert room(f"{path}/keys", store="default") == b"k" * 100
        assert room(f"{path}/get", store="default", key="k" * 100) == b"x" * MIB


def test_batches_and_atomics_keep_the_quotas_too(open_room: Open, config: str) -> None:
    with open_room("rust-rooms", QUOTAS, config, "--workers", "1") as room:
        many = ",".join(f"k{number}" for number in range(40))
        room("key-value/wasi/set-many", b"x" * (MIB // 40), store="default", keys=many)
        with pytest.raises(AskedInVain, match=r"quotas.value_bytes"):
            room("key-value/wasi/set-many", b"x" * (MIB // 2), store="default", keys="a,b,c")
        with pytest.raises(AskedInVain, match=r"asked 40 times.*quotas.calls"):
            room("key-value/wasi/set-many", b"", store="default", keys=f"{many},one-more")
        with pytest.raises(AskedInVain, match=r"quotas.calls"):
            room("key-value/wasi/get-many", store="default", keys=f"{many},one-more")
        with pytest.raises(AskedInVain, match=r"quotas.key_bytes"):
            room("key-value/wasi/delete-many", store="default", keys="a," + "k" * 101)
        with pytest.raises(AskedInVain, match=r"quotas.key_bytes"):
            room("key-value/wasi/increment", store="default", key="k" * 101, delta=1)
        with pytest.raises(AskedInVain, match=r"quotas.value_bytes"):
            room("key-value/wasi/swap", b"x" * (MIB + 1), store="default", key="k0")
        # The next request counts anew.
        assert room("key-value/wasi/increment", store="default", key="n", delta=2) == b"2"


def test_what_others_stored_beyond_the_quota_is_not_handed_over(open_room: Open, tmp_path: Path) -> None:
    with provided("redis", tmp_path) as config:
        with open_room("rust-rooms", DEFAULT, config, "--workers", "1") as room:
            room("key-value/v2/set", b"x" * (MIB + 1), store="default", key="large")
            for key in ("a", "b", "c"):
                room("key-value/v2/set", b"x" * (MIB // 2), store="default", key=key)
        with open_room("rust-rooms", QUOTAS, config, "--workers", "1") as room:
            with pytest.raises(AskedInVain, match=r"quotas.value_bytes"):
                room("key-value/v2/get", store="default", key="large")
            with pytest.raises(AskedInVain, match=r"quotas.value_bytes"):
                room("key-value/wasi/get-many", store="default", keys="a,b,c")
            assert len(room("key-value/v2/get", store="default", key="a")) == MIB // 2


def test_without_a_word_a_value_has_sixteen_mebibytes_and_a_key_sixty_four_kibibytes(open_room: Open) -> None:
    with open_room("rust-rooms", DEFAULT, "", "--workers", "1") as room:
        room("key-value/v2/set", b"x" * (16 * MIB), store="default", key="a")
        with pytest.raises(AskedInVain, match=r"quotas.value_bytes"):
            room("key-value/v2/set", b"x" * (16 * MIB + 1), store="default", key="a")
        assert len(room("key-value/v2/get", store="default", key="a")) == 16 * MIB


INJECTED = (
    "../other/a",
    "other:a",
    "other\0a",
    "other/a",
    "\0",
    ":",
    "';DROP/**/TABLE/**/spin_key_value;--",
    "%",
    "_",
    "*",
)


@pytest.mark.parametrize("version", ["v1", "v2", "wasi"])
def test_no_key_leads_into_another_store_of_the_same_file(open_room: Open, tmp_path: Path, version: str) -> None:
    path = f"key-value/{version}"
    file = tmp_path / "both.db"
    config = "".join(f'[key_value_store.{label}]\ntype = "spin"\npath = "{file}"\n' for label in ("default", "other"))
    with open_room("rust-rooms", 'key_value_stores = ["default", "other"]\n', config, "--workers", "1") as room:
        room(f"{path}/set", b"theirs", store="other", key="a")
        for key in INJECTED:
            room(f"{path}/set", key.encode(), store="default", key=key)
        assert room(f"{path}/keys", store="other") == b"a"
        assert room(f"{path}/get", store="other", key="a") == b"theirs"
        assert room(f"{path}/keys", store="default").decode().split("\n") == sorted(INJECTED)
        for key in INJECTED:
            assert room(f"{path}/get", store="default", key=key) == key.encode()
            room(f"{path}/delete", store="default", key=key)
        assert room(f"{path}/get", store="other", key="a") == b"theirs"


def test_two_spellings_of_a_letter_are_two_keys(open_room: Open, config: str) -> None:
    with open_room("rust-rooms", DEFAULT, config, "--workers", "1") as room:
        spellings = ("\u00e9", "e\u0301", "\u212b", "\u00c5", "A\u030a", "\ufb01", "fi")
        for key in spellings:
            room("key-value/v2/set", key.encode(), store="default", key=key)
        for key in spellings:
            assert room("key-value/v2/get", store="default", key=key) == key.encode()


@pytest.mark.parametrize("version", ["v1", "v2", "wasi"])
def test_a_label_of_another_component_is_denied_however_it_is_spelt(open_room: Open, version: str) -> None:
    config = '[key_value_store.others]\ntype = "memory"\n'
    with open_room("rust-rooms", DEFAULT, config, "--workers", "1") as room:
        for label in ("others", "nobody", "", "DEFAULT", "default\0", "default/", "../default", "*"):
            with pytest.raises(AskedInVain, match="Error::AccessDenied"):
                room(f"key-value/{version}/get", store=label, key="a")


def fill(file: Path, key: str, count: int) -> None:
    """So many keys, made by the expression `key` of the number `n`, in the default store's own file."""
    with sqlite3.connect(file) as connection:
        numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
        connection.execute(f"{numbers} INSERT INTO spin_key_value SELECT 'default', {key}, x'' FROM numbers")
    connection.close()


def test_a_listing_of_a_million_keys_ends_and_one_beyond_the_buffer_is_refused(open_room: Open, tmp_path: Path) -> None:
    file = tmp_path / ".spin/sqlite_key_value.db"
    keys = DEFAULT + 'tool.atoll.limits = { deadline = "2m", cpu_time = "1m" }\n'
    with open_room("rust-rooms", keys, "", "--workers", "1") as room:
        room("key-value/v2/set", b"1", store="default", key="a")
        fill(file, "printf('%07d', n)", 1_000_000)
        before = resident(room.app.process.pid)
        assert room("key-value/v2/keys", store="default").count(b"\n") == 1_000_000
        fill(file, "printf('%060000d', n)", 3_000)
        with pytest.raises(AskedInVain, match="larger than 134217728 bytes"):
            room("key-value/v2/keys", store="default")
        assert resident(room.app.process.pid) - before < 600_000_000
        assert room("key-value/v2/get", store="default", key="a") == b"1"
