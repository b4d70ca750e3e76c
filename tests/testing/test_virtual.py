"""The virtual capabilities pass the suites of their rooms, and show a test what is in them."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from atoll.capabilities.blobstore import conformance as blobstore
from atoll.capabilities.key_value import conformance as key_value
from atoll.capabilities.sqlite import Io
from atoll.capabilities.sqlite import conformance as sqlite
from atoll.testing.surroundings import Surroundings
from atoll.testing.virtual.blobstore import Objects
from atoll.testing.virtual.key_value import Store, Stored
from atoll.testing.virtual.sqlite import Database, Served

pytestmark = pytest.mark.slow


def name(check: Callable[..., Any]) -> str:
    return check.__name__


@pytest.fixture
def around() -> Any:
    with ExitStack() as resources:
        yield Surroundings("test", resources)


@pytest.mark.parametrize("check", key_value.CHECKS, ids=name)
def test_a_store_conforms(check: key_value.Check) -> None:
    key_value.run(check, lambda: Store(Stored()))


@pytest.mark.parametrize("check", key_value.CHECKS, ids=name)
def test_a_recorded_store_conforms(check: key_value.Check, around: Surroundings) -> None:
    key_value.run(check, lambda: around.provide("key_value", "default"))
    assert len(around.calls) > 0


@pytest.mark.parametrize("check", sqlite.CHECKS, ids=name)
def test_a_database_conforms(check: sqlite.Check, around: Surroundings) -> None:
    sqlite.run(check, lambda: around.provide("sqlite", "default"))
    assert around.calls("sqlite.execute")


@pytest.mark.parametrize("check", blobstore.CHECKS, ids=name)
def test_a_container_conforms(check: blobstore.Check, around: Surroundings) -> None:
    blobstore.run(check, lambda: around.provide("blobstore", "default"))


def test_what_a_store_holds_is_a_dict_of_bytes() -> None:
    stored = Stored({"a": "ä", "b": b"\0"})
    stored |= {"c": "no"}
    stored["d"] = bytearray(b"d")  # type: ignore[assignment]
    assert stored.setdefault("e", "e") == b"e"
    assert {key: stored[key] for key in "abde"} == {"a": "ä".encode(), "b": b"\0", "d": b"d", "e": b"e"}
    assert all(type(value) is bytes for value in stored.values())
    for wrong in (3, None, {"json": 1}):
        with pytest.raises(TypeError, match="value of the key 'x' must be bytes or text"):
            stored["x"] = wrong  # type: ignore[assignment]
    with pytest.raises(TypeError, match="a key of a store is a text"):
        Stored({1: "x"})  # type: ignore[dict-item]


def test_a_database_is_filled_and_read(around: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "users.sql").write_text("CREATE TABLE users (name); INSERT INTO users VALUES ('anna'), ('bo');")
    around.provide("sqlite", "default", tmp_path / "users.sql")
    around.provide("sqlite", "other", "CREATE TABLE t (a)")
    database = around.sqlite["default"]
    assert database.execute("SELECT * FROM users WHERE name > ?", "b") == [("bo",)]
    assert repr(database) == "<database: users>"
    with pytest.raises(sqlite3.OperationalError):
        around.sqlite["other"].execute("SELECT * FROM users")


def test_no_statement_of_a_guest_reaches_another_file(tmp_path: Path) -> None:
    database = Database(tmp_path / "own.db")
    connection = Served(database).open()
    other = tmp_path / "other.db"
    for statement in (f"ATTACH '{other}' AS other", f"VACUUM INTO '{other}'", "DETACH main"):
        with pytest.raises(Io):
            connection.execute(statement, [])
    connection.execute("VACUUM", [])
    assert not other.exists()
    connection.close()


def test_objects_are_a_mapping(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    objects.update({"a/b": "text", "c": b"\0" * 300_000})  # type: ignore[dict-item]
    assert list(objects) == ["a/b", "c"]
    assert objects["a/b"] == b"text"
    assert len(objects["c"]) == 300_000
    assert len(repr(objects)) < 200
    del objects["a/b"]
    assert "a/b" not in objects
    assert len(objects) == 1
    with pytest.raises(KeyError):
        objects["a/b"]
    with pytest.raises(KeyError):
        del objects["a/b"]


@pytest.mark.parametrize(("room", "wanted"), [("key_value", [1]), ("sqlite", {"users": []}), ("blobstore", "text")])
def test_contents_that_are_none_are_refused(room: str, wanted: object, around: Surroundings) -> None:
    with pytest.raises(TypeError, match=f"{room}={{'default': …}}"):
        around.provide(room, "default", wanted)


def test_folders_go_with_the_test() -> None:
    with ExitStack() as resources:
        around = Surroundings("test", resources)
        around.provide("sqlite", "default", "CREATE TABLE t (a)")
        file = around.sqlite["default"].file
        assert file.exists()
    assert not file.parent.exists()
