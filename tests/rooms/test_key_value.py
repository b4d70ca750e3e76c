"""Key-value stores as guests see them, in each version of the interface and from each language."""

import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import MakeApp
from tests.rooms.conftest import AskedInVain, Open
from tests.rooms.killing import written_while_workers_are_killed
from tests.support import answering, refused, refused_with

DEFAULT = 'key_value_stores = ["default"]\n'
# The guest, and the beginning of its paths.
VERSIONS = [
    ("rust-rooms", "key-value/v1"),
    ("rust-rooms", "key-value/v2"),
    ("rust-rooms", "key-value/wasi"),
    ("python-rooms-p2", "key-value"),
    ("python-rooms-p3", "key-value"),
]
each_version = pytest.mark.parametrize("guest, path", VERSIONS)


@each_version
def test_what_was_set_is_found_until_it_is_deleted(open_room: Open, guest: str, path: str) -> None:
    value = bytes(range(256)) * 400
    with open_room(guest, DEFAULT) as room:
        assert room(f"{path}/exists", store="default", key="a").lower() == b"false"
        room(f"{path}/set", value, store="default", key="a")
        room(f"{path}/set", b"", store="default", key="ключ\0€")
        assert room(f"{path}/get", store="default", key="a") == value
        assert room(f"{path}/exists", store="default", key="ключ\0€").lower() == b"true"
        assert room(f"{path}/keys", store="default").decode().split("\n") == ["a", "ключ\0€"]
        room(f"{path}/delete", store="default", key="a")
        room(f"{path}/delete", store="default", key="a")
        assert room(f"{path}/exists", store="default", key="a").lower() == b"false"


@each_version
def test_a_store_that_was_not_granted_is_denied(open_room: Open, guest: str, path: str) -> None:
    with open_room(guest, "") as room, pytest.raises(AskedInVain, match=r"Error(::|_)AccessDenied"):
        room(f"{path}/get", store="default", key="a")


@pytest.mark.parametrize(
    "path, told", [("v1", "Error::NoSuchKey"), ("v2", None), ("wasi", None)], ids=["v1", "v2", "wasi"]
)
def test_a_key_that_is_not_there_is_nothing_or_the_first_versions_error(
    open_room: Open, path: str, told: str | None
) -> None:
    with open_room("rust-rooms", DEFAULT) as room:
        if told is None:
            assert room.maybe(f"key-value/{path}/get", store="default", key="a") is None
        else:
            with pytest.raises(AskedInVain, match=told):
                room(f"key-value/{path}/get", store="default", key="a")


def test_a_closed_handle_of_the_first_version_is_invalid(open_room: Open) -> None:
    with open_room("rust-rooms", DEFAULT) as room, pytest.raises(AskedInVain, match="Error::InvalidStore"):
        room("key-value/v1/closed", store="default", key="a")


def test_as_many_stores_are_open_as_spin_allows_and_no_more(open_room: Open) -> None:
    with open_room("rust-rooms", DEFAULT) as room:
        assert room("key-value/v2/open-many", store="default", count=255) == b"255"
        with pytest.raises(AskedInVain, match="Error::StoreTableFull"):
            room("key-value/v2/open-many", store="default", count=256)


def test_numbers_are_added_up_even_by_many_at_once(open_room: Open) -> None:
    with open_room("rust-rooms", DEFAULT, "", "--workers", "2") as room, ThreadPoolExecutor(8) as many:
        add = "key-value/wasi/increment"
        sums = set(many.map(lambda _: int(room(add, store="default", key="n", delta=3)), range(200)))
        assert sums == set(range(3, 601, 3))
        assert room(add, store="default", key="n", delta=-600) == b"0"


def test_what_is_no_number_is_not_added_to(open_room: Open) -> None:
    with open_room("rust-rooms", DEFAULT) as room:
        room("key-value/wasi/set", b"seven", store="default", key="n")
        with pytest.raises(AskedInVain, match="no number"):
            room("key-value/wasi/increment", store="default", key="n", delta=1)
        assert room("key-value/wasi/get", store="default", key="n") == b"seven"


def test_a_swap_happens_only_if_nobody_came_between(open_room: Open) -> None:
    with open_room("rust-rooms", DEFAULT) as room:
        swap = "key-value/wasi/swap"
        assert room(swap, b"b", store="default", key="a") == b"swapped None"
        assert room(swap, b"c", store="default", key="a") == b"swapped Some([98])"
        assert room(swap, b"d", store="default", key="a", between="x") == b"kept Some([120])"
        assert room("key-value/wasi/get", store="default", key="a") == b"x"


def test_several_keys_are_set_read_and_deleted_together(open_room: Open) -> None:
    with open_room("rust-rooms", DEFAULT) as room:
        room("key-value/wasi/set-many", b"!", store="default", keys="a,b,c")
        room("key-value/wasi/delete-many", store="default", keys="b,z")
        many = room("key-value/wasi/get-many", store="default", keys="c,b,a")
        assert many == b'[("c", Some([33])), ("b", None), ("a", Some([33]))]'


@pytest.mark.parametrize("guest, path", [("rust-rooms", "key-value/v2"), ("python-rooms-p3", "key-value")])
def test_more_keys_than_a_page_are_all_told(open_room: Open, tmp_path: Path, guest: str, path: str) -> None:
    with open_room(guest, DEFAULT) as room:
        with sqlite3.connect(tmp_path / ".spin" / "sqlite_key_value.db") as database:
            keys = [("default", f"key {number:05}", b"") for number in range(2_500)]
            database.executemany("INSERT INTO spin_key_value VALUES (?, ?, ?)", keys)
        told = room(f"{path}/keys", store="default").decode().split("\n")
        assert told == [key for _, key, _ in keys]


def test_data_that_spin_left_is_found(open_room: Open, tmp_path: Path) -> None:
    folder = tmp_path / ".spin"
    folder.mkdir()
    with sqlite3.connect(folder / "sqlite_key_value.db") as database:
        database.execute(
            "CREATE TABLE spin_key_value (store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, "
            "PRIMARY KEY (store, key))"
        )
        database.execute("INSERT INTO spin_key_value VALUES ('default', 'a', x'6869')")
    with open_room("rust-rooms", DEFAULT) as room:
        assert room("key-value/v2/get", store="default", key="a") == b"hi"


def test_stores_of_the_runtime_config_are_apart(open_room: Open, tmp_path: Path) -> None:
    config = '[key_value_store.mine]\ntype = "spin"\npath = "data/mine.db"\n[key_value_store.gone]\ntype = "memory"\n'
    with open_room("rust-rooms", 'key_value_stores = ["default", "mine", "gone"]\n', config) as room:
        for store in ("default", "mine", "gone"):
            room("key-value/v2/set", store.encode(), store=store, key="a")
        assert [room("key-value/v2/get", store=store, key="a") for store in ("mine", "gone")] == [b"mine", b"gone"]
    assert (tmp_path / "data" / "mine.db").exists()
    with open_room("rust-rooms", 'key_value_stores = ["mine", "gone"]\n', config) as room:
        assert room("key-value/v2/get", store="mine", key="a") == b"mine"
        assert room.maybe("key-value/v2/get", store="gone", key="a") is None


def test_stores_in_memory_are_shared_by_all_workers(open_room: Open) -> None:
    config = '[key_value_store.default]\ntype = "memory"\n'
    with open_room("rust-rooms", DEFAULT, config, "--workers", "2") as room, ThreadPoolExecutor(8) as many:
        room("key-value/v2/set", b"hi", store="default", key="a")
        assert set(many.map(lambda _: room("key-value/v2/get", store="default", key="a"), range(60))) == {b"hi"}


@pytest.mark.parametrize("config", ["", '[key_value_store.default]\ntype = "memory"\n'])
def test_keys_of_the_command_line_are_there_first(open_room: Open, config: str) -> None:
    with open_room("rust-rooms", DEFAULT, config, "--key-value", "a=hi", "--key-value", "b=x=y") as room:
        assert room("key-value/v2/get", store="default", key="a") == b"hi"
        room("key-value/v2/set", b"changed", store="default", key="b")
        room.app.signal(signal.SIGHUP)
        room.app.wait_for("atoll: the app was reloaded")
        assert room("key-value/v2/get", store="default", key="b") == b"changed"


def test_labels_that_nobody_configured_end_the_start_all_at_once(make_app: MakeApp) -> None:
    keys = 'key_value_stores = ["default", "carts", "default", "users"]\n'
    ended = refused("-f", str(make_app(answering("rust-rooms") + keys)), "--listen", "127.0.0.1:0")
    assert "`carts` is not configured" in ended.stderr
    assert "`users` is not configured" in ended.stderr
    assert ended.stderr.count("spin.toml:") == 2
    assert "or name one of: `default`" in ended.stderr


@pytest.mark.parametrize(
    "config, said",
    [
        ('[key_value_store.a]\ntype = "cloud"\n', "`type` must be aws_dynamo"),
        ("[key_value_store.a]\n", "`type` must be aws_dynamo"),
        ('[key_value_store.a]\ntype = "spin"\npaht = "x"\n', "unknown key `paht`"),
        ('[key_value_store.a]\ntype = "redis"\n', "url"),
        ('[key_value_store.a]\ntype = "memory"\npath = "x"\n', "unknown key `path`"),
        ('[key_value_store."a b"]\ntype = "memory"\n', "`a b` is not a valid name"),
    ],
)
def test_a_backend_that_cannot_be_used_is_refused_by_key_and_line(make_app: MakeApp, config: str, said: str) -> None:
    ended = refused_with(config, make_app(answering("rust-rooms") + DEFAULT))
    assert said in ended.stderr
    assert "runtime.toml:" in ended.stderr


def test_a_file_that_is_no_database_ends_the_start(make_app: MakeApp) -> None:
    manifest = make_app(answering("rust-rooms") + DEFAULT)
    state = manifest.with_name(".spin")
    state.mkdir()
    (state / "sqlite_key_value.db").write_bytes(b"no database at all" * 100)
    ended = refused("-f", str(manifest), "--listen", "127.0.0.1:0")
    assert "`default` cannot be opened" in ended.stderr
    assert "sqlite_key_value.db: file is not a database" in ended.stderr


def test_nothing_that_was_acknowledged_is_lost_with_a_killed_worker(open_room: Open) -> None:
    with open_room("rust-rooms", DEFAULT, "", "--workers", "2") as room:

        def write(key: str) -> bool:
            room("key-value/v2/set", b"x" * 3_000, store="default", key=key)
            return True

        acknowledged = written_while_workers_are_killed(room, write, kills=4)
        assert len(acknowledged) > 50
        found = room("key-value/v2/keys", store="default").decode().split("\n")
        assert acknowledged <= set(found)
