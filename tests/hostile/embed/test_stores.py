"""21: stores that are asked for too much: values, keys, a million of them, all at once."""

import re
import sqlite3
from operator import methodcaller
from pathlib import Path
from typing import Any

import pytest

import atoll
from atoll.capabilities.provider import Place
from tests.capabilities.key_value.memory import Memory, MemoryConfig
from tests.embed import doors
from tests.hostile.embed.asking import KEY_VALUE
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.ways import ends

MIB = 1 << 20
LIMITS = atoll.Limits(time=20, cpu=5, memory="64MiB")


@pytest.fixture(params=["file", "object"])
def key_value(request: pytest.FixtureRequest) -> Any:
    """A namespace, and an object of Python's: the quotas hold for both."""
    if request.param == "file":
        return "tenant-7"
    return {"default": Memory(MemoryConfig(), Place(label="default", config=Path(), state=Path()))}


def refused(plugin: atoll.Plugin, function: str, *arguments: object) -> str:
    """What the guest is told, which goes on."""
    with plugin.open() as instance:
        store = instance.open_store("default")
        with pytest.raises(atoll.GuestError) as raised:
            getattr(instance, function)(store, *arguments)
        assert instance.is_open
        assert type(raised.value.payload).__name__ == "Io"
        text: str = raised.value.payload.value
        return text


@pytest.mark.slow
def test_values_and_keys_without_end_are_refused_and_nothing_is_kept(key_value: Any) -> None:
    plugin = atoll.load(doors.KEY_VALUE, grants=atoll.Grants(key_value=key_value), limits=LIMITS)
    with harmless():
        assert "a value of 16777217 bytes is beyond the 16777216" in refused(plugin, "set", "k", bytes(16 * MIB + 1))
        assert "a key of 65537 bytes is beyond the 65536" in refused(plugin, "set", "k" * 65_537, b"")
        assert "a key of 1048576 bytes is beyond the 65536" in refused(plugin, "get", "k" * MIB)
        with plugin.open() as instance:
            store = instance.open_store("default")
            assert instance.get_keys(store) == []
            instance.set(store, "k" * 65_536, bytes(16 * MIB))
        with plugin.open() as instance:
            assert len(instance.get(instance.open_store("default"), "k" * 65_536)) == 16 * MIB


@pytest.mark.slow
def test_a_quota_of_a_store_says_what_raises_it_here() -> None:
    plugin = atoll.load(doors.KEY_VALUE, grants=atoll.Grants(key_value="tenant-7"))
    assert re.search(r"`atoll\.\w+\(.*=…\)` raises it", refused(plugin, "set", "k" * 65_537, b""))


@pytest.mark.slow
def test_a_gigabyte_is_no_value() -> None:
    """It is the guest's memory that it does not fit in."""
    plugin = atoll.load(doors.KEY_VALUE, grants=atoll.Grants(key_value="tenant-7"), limits=LIMITS)
    with harmless(), plugin.open() as instance:
        store = instance.open_store("default")
        with pytest.raises(atoll.CallFailed):
            instance.set(store, "k", bytes(60 * MIB))
        assert not instance.is_open


@pytest.mark.slow
def test_a_listing_of_a_million_keys_ends(own_folder: Path) -> None:
    """It is larger than the guest's memory, which the guest is told of; the host holds it once."""
    plugin = atoll.load(doors.KEY_VALUE, grants=atoll.Grants(key_value="tenant-7"), limits=LIMITS)
    with plugin.open() as instance:
        instance.set(instance.open_store("default"), "a", b"1")
    file = own_folder / ".atoll" / "key-value" / "tenant-7.db"
    with sqlite3.connect(file) as connection:
        numbers = "with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 1000000)"
        connection.execute(
            f"{numbers} insert into spin_key_value select 'default', printf('%040d', n), x'' from numbers"
        )
    connection.close()
    with harmless(), plugin.open() as instance:
        with pytest.raises((atoll.CallFailed, atoll.GuestError)):
            instance.get_keys(instance.open_store("default"))
        with plugin.open() as other:
            assert other.get(other.open_store("default"), "a") == b"1"


@pytest.mark.slow
def test_questions_without_end_end_with_the_call() -> None:
    """Each of them is answered, and then it is over."""
    limits = atoll.Limits(time=0.1, cpu=20)
    with harmless():
        for grants in (atoll.Grants(key_value="tenant-7"), atoll.Grants()):
            plugin = atoll.load(KEY_VALUE, grants=grants, limits=limits)
            ends(plugin, methodcaller("run"), "limit-deadline", "100 ms; `atoll.Limits(time=…)` raises it")


@pytest.mark.slow
def test_a_database_does_not_fill_the_disk(own_folder: Path) -> None:
    """As large as a file of a database may be, and no larger."""
    limits = atoll.Limits(time=20, cpu=20, memory="64MiB")
    plugin = atoll.load(doors.SQLITE, grants=atoll.Grants(sqlite="tenant-7"), limits=limits)
    with harmless(), plugin.open() as instance:
        connection = instance.connect("default")
        with pytest.raises(atoll.GuestError):
            instance.execute(connection, "select length(randomblob(1000000000)), randomblob(1000000000)", [])
        with pytest.raises(atoll.GuestError):
            instance.execute(connection, "attach database '../other.db' as other", [])
        assert instance.execute(connection, "select 1", []).columns == ["1"]
    assert sum(file.stat().st_size for file in own_folder.rglob("*.db*")) < 1 << 20
