"""Stores and databases that a plugin was granted: a namespace's file, or an object of Python's."""

from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import atoll
from atoll.capabilities.provider import Place
from tests.capabilities.key_value.memory import AwaitedMemory, Memory, MemoryConfig
from tests.embed import doors

Store = Memory | AwaitedMemory


def granted(key_value: Any) -> atoll.Plugin:
    return atoll.load(doors.KEY_VALUE, grants=atoll.Grants(key_value=key_value))


def memory(kind: type[Store] = Memory) -> Store:
    return kind(MemoryConfig(), Place(label="default", config=Path(), state=Path()))


def put(plugin: atoll.Plugin, value: bytes, label: str = "default") -> None:
    with plugin.open() as instance:
        instance.set(instance.open_store(label), "key", value)


def got(plugin: atoll.Plugin, label: str = "default") -> bytes | None:
    with plugin.open() as instance:
        try:
            value: bytes = instance.get(instance.open_store(label), "key")
        except atoll.GuestError as error:
            assert type(error.payload).__name__ == "NoSuchKey"
            return None
        return value


def denied(plugin: atoll.Plugin, label: str = "default") -> str:
    with pytest.raises(atoll.GuestError) as raised:
        plugin.open_store(label)
    return type(raised.value.payload).__name__


def test_a_namespace_is_shared_by_those_that_name_it_and_no_others(own_folder: Path) -> None:
    one, other, third = granted("tenant-7"), granted({"default": "tenant-7"}), granted("tenant-8")
    put(one, b"value")
    assert got(one) == got(other) == b"value"
    assert got(third) is None
    put(third, b"own")
    assert (got(one), got(third)) == (b"value", b"own")
    assert (own_folder / ".atoll" / "key-value" / "tenant-7.db").exists()


def test_a_namespace_outlives_its_plugins() -> None:
    put(granted("tenant-7"), b"value")
    assert got(granted("tenant-7")) == b"value"


def test_a_plugin_without_a_grant_has_no_store() -> None:
    assert denied(atoll.load(doors.KEY_VALUE)) == "AccessDenied"


def test_a_label_that_was_not_granted_is_denied() -> None:
    plugin = granted({"own": "tenant-7"})
    assert denied(plugin) == denied(plugin, "tenant-7") == denied(plugin, "") == "AccessDenied"
    put(plugin, b"value", "own")
    assert got(plugin, "own") == b"value"


def test_labels_lead_to_stores_of_their_own() -> None:
    plugin = granted({"default": "a", "other": "b", "third": memory()})
    for label in ("default", "other", "third"):
        put(plugin, label.encode(), label)
    assert [got(plugin, label) for label in ("default", "other", "third")] == [b"default", b"other", b"third"]


@pytest.mark.parametrize("kind", [Memory, AwaitedMemory])
def test_an_object_is_a_store_too(kind: type[Store], own_folder: Path) -> None:
    store = memory(kind)
    plugin, other = granted({"default": store}), granted({"shared": store})
    put(plugin, b"value")
    assert got(other, "shared") == b"value"
    assert list(own_folder.iterdir()) == []


def test_a_store_that_fails_is_an_error_of_the_interface() -> None:
    class Broken(Memory):
        def get(self, key: str) -> bytes | None:
            raise ZeroDivisionError("a secret")

    with granted({"default": memory(Broken)}).open() as instance:
        store = instance.open_store("default")
        with pytest.raises(atoll.GuestError) as raised:
            instance.get(store, "key")
        assert type(raised.value.payload).__name__ == "Io"
        assert "a secret" not in str(raised.value)
        assert instance.is_open


@pytest.mark.slow
def test_many_threads_write_to_one_namespace() -> None:
    plugin = granted("tenant-7")

    def write(number: int) -> None:
        with plugin.open() as instance:
            store = instance.open_store("default")
            for index in range(20):
                instance.set(store, f"{number}-{index}", b"x")

    threads = [Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with plugin.open() as instance:
        assert len(instance.get_keys(instance.open_store("default"))) == 160


def test_a_database_is_a_file_of_its_namespace(own_folder: Path) -> None:
    def database() -> atoll.Plugin:
        return atoll.load(doors.SQLITE, grants=atoll.Grants(sqlite="tenant-7"))

    with database().open() as instance:
        connection = instance.connect("default")
        instance.execute(connection, "create table t (n integer, t text)", [])
        instance.execute(connection, "insert into t values (?, ?)", [{"integer": 7}, {"text": "seven"}])
    with database().open() as instance:
        rows = instance.execute(instance.connect("default"), "select * from t", [])
    assert rows.columns == ["n", "t"]
    assert [value.value for value in rows.rows[0].values] == [7, "seven"]
    assert (own_folder / ".atoll" / "sqlite" / "tenant-7.db").exists()


def test_a_plugin_without_a_grant_has_no_database() -> None:
    with pytest.raises(atoll.GuestError) as raised:
        atoll.load(doors.SQLITE).connect("default")
    assert type(raised.value.payload).__name__ == "AccessDenied"
