"""A plugin under test is a plugin, with virtual stores around it and an end."""

import asyncio
from pathlib import Path

import pytest

import atoll
from atoll.errors import UserError
from atoll.testing import PluginUnderTest, load_plugin
from tests.embed.doors import ENVIRONMENT, KEY_VALUE, SQLITE, VARIABLES
from tests.embed.plugins import Directory
from tests.support import built

IMPORTS = {"acme:plugin/directory": Directory()}


def read(plugin: atoll.Plugin, store: str, key: str) -> bytes:
    """A guest's look into a store."""
    with plugin.open() as guest:
        value: bytes = guest.get(guest.open_store(store), key)
        return value


def write(plugin: atoll.Plugin, store: str, key: str, value: bytes) -> None:
    """A guest's write."""
    with plugin.open() as guest:
        guest.set(guest.open_store(store), key, value)


def test_it_is_a_plugin() -> None:
    with load_plugin(built("rust-plugin"), imports=IMPORTS) as plugin:
        assert isinstance(plugin, atoll.Plugin)
        assert isinstance(plugin, PluginUnderTest)
        assert plugin.add(1, 2) == 3
        assert plugin.exports["acme:plugin/state"].bump() == 1
        assert "interface values" in plugin.world
        assert asyncio.run(_awaited(plugin)) == 3
        with pytest.raises(atoll.GuestError):
            plugin.divide(1, 0)


async def _awaited(plugin: atoll.Plugin) -> int:
    total: int = await plugin.aio.add(1, 2)
    return total


def test_instances_end_with_the_test() -> None:
    with load_plugin(built("rust-plugin"), imports=IMPORTS) as plugin:
        instance = plugin.open()
        assert [instance.state.bump() for _ in range(2)] == [1, 2]
    assert not instance.is_open


def test_limits_hold() -> None:
    with load_plugin(built("rust-plugin"), imports=IMPORTS, limits=atoll.Limits(time=0.05)) as plugin:
        with pytest.raises(atoll.LimitExceeded):
            plugin.bad.spin()
        assert plugin.add(1, 2) == 3


def test_a_keyword_that_there_is_not_is_an_error() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'key_values'"), load_plugin(b"", key_values={}):  # type: ignore[call-arg]
        pass


def test_a_store_is_filled_and_read() -> None:
    with load_plugin(KEY_VALUE, key_value={"default": {"color": "red"}}) as plugin:
        assert read(plugin, "default", "color") == b"red"
        write(plugin, "default", "size", b"xl")
        plugin.key_value["default"]["color"] = "blue"
        assert read(plugin, "default", "color") == b"blue"
        assert plugin.key_value["default"] == {"color": b"blue", "size": b"xl"}
        assert plugin.calls.names == ["key_value.get", "key_value.set", "key_value.get"]
        [call] = plugin.calls("key_value.set")
        assert (call.label, call.arguments) == ("default", ("size", b"xl"))


def test_a_label_that_is_not_given_is_not_granted() -> None:
    with load_plugin(KEY_VALUE, key_value={"default": {}}) as plugin:
        with pytest.raises(atoll.GuestError) as raised:
            read(plugin, "other", "color")
        assert type(raised.value.payload).__name__ == "AccessDenied"
        assert not plugin.calls("key_value")


def test_stores_that_grants_name_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    grants = atoll.Grants(key_value={"default": "tenant-7", "own": True}, sqlite=True)
    with load_plugin(KEY_VALUE, grants=grants) as plugin:
        write(plugin, "default", "a", b"1")
        write(plugin, "own", "a", b"2")
        assert plugin.key_value == {"default": {"a": b"1"}, "own": {"a": b"2"}}
        assert [*plugin.sqlite] == ["default"]
    assert not (tmp_path / ".atoll").exists()
    with load_plugin(KEY_VALUE, grants=grants) as plugin:
        assert plugin.key_value["default"] == {}


def test_a_provider_of_the_user_s_own_is_recorded() -> None:
    class Echo:
        def get(self, key: str) -> bytes:
            return key.encode()

        def increment(self, key: str, delta: int) -> int:
            return delta

        set = delete = exists = keys = get_many = set_many = delete_many = swap = increment

    with load_plugin(KEY_VALUE, key_value={"default": Echo()}) as plugin:
        assert read(plugin, "default", "color") == b"color"
        assert str(plugin.calls[0]) == "key_value['default'].get('color') -> b'color'"


def test_a_database_is_filled_and_read() -> None:
    script = "CREATE TABLE users (name); INSERT INTO users VALUES ('anna');"
    with load_plugin(SQLITE, sqlite={"default": script}) as plugin:
        with plugin.open() as guest:
            guest.execute(guest.connect("default"), "INSERT INTO users VALUES (?)", [{"text": "bo"}])
        assert plugin.sqlite["default"].execute("SELECT name FROM users") == [("anna",), ("bo",)]
        [call] = plugin.calls("sqlite.execute")
        assert call.arguments == ("INSERT INTO users VALUES (?)", ["bo"])


def test_variables_and_environment_are_granted() -> None:
    with load_plugin(VARIABLES, variables={"color": "red"}, grants=atoll.Grants(variables={"size": "xl"})) as plugin:
        assert dict(plugin.get_all()) == {"color": "red", "size": "xl"}
    with load_plugin(ENVIRONMENT, env={"LANG": "C"}) as plugin:
        assert plugin.get_environment() == [("LANG", "C")]


def test_a_loop_that_runs_can_load(tmp_path: Path) -> None:
    async def main() -> int:
        with load_plugin(built("rust-plugin"), imports=IMPORTS) as plugin:
            return await _awaited(plugin)

    assert asyncio.run(main()) == 3


def test_what_it_may_not_have_is_an_error_as_without() -> None:
    with pytest.raises(UserError) as raised, load_plugin(built("rust-plugin")):
        pass
    assert raised.value.code == "guest-import-unknown"
