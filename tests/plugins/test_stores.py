"""A store of a plugin's own is its own: by its name, through all its versions, and nobody else's."""

from pathlib import Path

import pytest

import atoll
from atoll.errors import UserError
from tests.embed.plugins import Directory
from tests.plugins import wat
from tests.plugins.folders import PluginFolder
from tests.support import built

OWN = atoll.Grants(key_value=True)


def test_two_plugins_never_see_each_others_keys(folder: PluginFolder) -> None:
    folder.put("one", wat.storing())
    folder.put("two", wat.storing())
    plugins = folder.load(grants=OWN)
    plugins.one.remember(1)
    assert (plugins.one.recall(), plugins.two.recall()) == (1, 0)
    plugins.two.remember(2)
    assert (plugins.one.recall(), plugins.two.recall()) == (1, 2)


def test_a_store_outlives_its_versions(folder: PluginFolder) -> None:
    file = folder.put("one", wat.storing())
    plugins = folder.load(grants=OWN)
    plugins.one.remember(1)
    folder.put("one", wat.storing() + " ")
    assert plugins.refresh().reloaded == ("one",)
    assert plugins.one.recall() == 1
    file.unlink()
    assert plugins.refresh().removed == ("one",)
    folder.put("one", wat.storing())
    assert plugins.refresh().loaded == ("one",)
    assert plugins.one.recall() == 1
    assert folder.load(grants=OWN).one.recall() == 1


def test_a_store_that_is_named_is_that_of_all(folder: PluginFolder) -> None:
    folder.put("one", wat.storing())
    folder.put("two", wat.storing())
    plugins = folder.load(grants=atoll.Grants(key_value="shared"))
    plugins.one.remember(1)
    assert plugins.two.recall() == 1


@pytest.mark.parametrize("name", ["plugins.one.default", "plugins.x"])
def test_a_shared_store_cannot_be_named_like_one_of_a_plugins_own(name: str, folder: PluginFolder) -> None:
    with pytest.raises(UserError, match="could be a store of one plugin's own") as raised:
        folder.load(grants=atoll.Grants(key_value={"default": True, "shared": name}))
    assert raised.value.code == "grant-invalid"


def test_plugins_of_two_folders_share_no_store_by_their_names_alone(folder: PluginFolder, own_folder: Path) -> None:
    other = PluginFolder.made(own_folder / "others")
    for each in (folder, other):
        each.put("one", wat.storing())
    ours = folder.load(grants=OWN)
    with pytest.raises(UserError, match="would share the stores of their own") as raised:
        other.load(grants=OWN)
    assert (raised.value.code, raised.value.hint) == ("grant-invalid", "give each a `namespace`")
    theirs = other.load(grants=OWN, namespace="others")
    ours.one.remember(1)
    assert theirs.one.recall() == 0
    assert folder.load(grants=OWN).one.recall() == 1


@pytest.mark.parametrize("namespace", ["a.b", "", "../x", "x" * 33])
def test_a_namespace_is_a_word(namespace: str, folder: PluginFolder) -> None:
    with pytest.raises(UserError) as raised:
        folder.load(namespace=namespace)
    assert raised.value.code == "grant-invalid"


def test_a_plugin_alone_may_have_a_store_of_its_own_too(own_folder: Path) -> None:
    first, second = (atoll.load(wat.storing().encode(), name=name, grants=OWN) for name in ("first", "second"))
    first.remember(5)
    assert (first.recall(), second.recall()) == (5, 0)
    assert (own_folder / ".atoll" / "key-value" / "first.default.db").is_file()
    with pytest.raises(UserError) as raised:
        atoll.load(wat.storing().encode(), name="no name", grants=OWN)
    assert raised.value.code == "grant-invalid"


def test_what_a_plugin_writes_is_logged_under_its_name(folder: PluginFolder, caplog: pytest.LogCaptureFixture) -> None:
    folder.put("crm", built("rust-plugin").read_bytes(), suffix=".wasm")
    imports = {"acme:plugin/directory": Directory()}
    caplog.set_level("INFO", "atoll.guest")
    folder.load(imports=imports).crm.bad.print("nobody hears it")
    folder.load(imports=imports, grants=atoll.Grants(log=True)).crm.bad.print("hello")
    assert [(record.name, record.message) for record in caplog.records] == [("atoll.guest.crm", "hello")]
