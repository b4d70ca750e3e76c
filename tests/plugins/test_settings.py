"""A plugin's settings beside it take away what its host allows, and never add to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atoll
from atoll.errors import AtollError, Location, Problems, UserError, render
from tests.plugins import wat
from tests.plugins.folders import PluginFolder


def refused(folder: PluginFolder, settings: str, **host: Any) -> AtollError:
    """What is wrong with these settings of a plugin."""
    folder.put("one", wat.numbered(1))
    folder.settings("one", settings)
    plugins = folder.load(**host)
    assert "one" not in plugins
    return plugins.problems["one"]


def test_the_order_is_that_of_the_settings_then_of_the_names(folder: PluginFolder) -> None:
    for name in ("a", "b", "c", "d"):
        folder.put(name, wat.numbered(1))
    folder.settings("a", "order = 5")
    folder.settings("d", "order = -1")
    assert list(folder.load()) == ["d", "b", "c", "a"]


def test_a_plugin_can_be_switched_off(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    folder.settings("one", "enabled = false")
    plugins = folder.load()
    assert (list(plugins), plugins.disabled, dict(plugins.problems)) == ([], frozenset({"one"}), {})
    folder.settings("one", "enabled = true")
    assert plugins.refresh().loaded == ("one",)
    assert (list(plugins), plugins.disabled) == (["one"], frozenset())


def test_a_key_that_is_not_known_is_refused_with_its_place(folder: PluginFolder) -> None:
    problem = refused(folder, 'enabled = true\n[limit]\ntime = "1s"\n')
    assert problem.code == "manifest-key-unknown"
    assert problem.hint == "did you mean `limits`?"
    file = str(folder.path / "one.toml")
    assert problem.location == Location(file, 2, 2, "[limit]", 5)
    assert f"--> {file}:2:2" in render(problem)


WRONG: dict[str, tuple[str, str]] = {
    "a word for a switch": ('enabled = "yes"', "manifest-type-wrong"),
    "a fraction for a place": ("order = 1.5", "manifest-type-wrong"),
    "a limit that is none": ('[limits]\ntimes = "1s"', "manifest-key-unknown"),
    "a limit without a unit": ("[limits]\ntime = 1", "limit-invalid"),
    "a limit of the server": ("[limits]\nconcurrency = 1", "manifest-key-unknown"),
    "a grant that is none": ("[grants]\nnetworks = []", "manifest-key-unknown"),
    "a value for a variable": ('[grants]\nvariables = {a = "b"}', "manifest-type-wrong"),
    "no toml": ("enabled", "manifest-syntax"),
    "not even text": ("\udcff", "manifest-unreadable"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_settings_is_said_with_its_place(case: str, folder: PluginFolder) -> None:
    text, code = WRONG[case]
    folder.put("one", wat.numbered(1))
    (folder.path / "one.toml").write_bytes(text.encode(errors="surrogateescape"))
    problem = folder.load().problems["one"]
    assert problem.code == code
    assert problem.location is not None or code == "manifest-unreadable"


def test_all_that_is_wrong_is_said_at_once(folder: PluginFolder) -> None:
    problem = refused(folder, 'order = "1"\n[limits]\ntime = "1"\nmemory = "1s"')
    assert isinstance(problem, Problems)
    assert [one.location.line for one in problem.problems if one.location] == [1, 3, 4]


def test_a_limit_can_be_lowered(folder: PluginFolder) -> None:
    folder.put("one", wat.looping())
    folder.settings("one", '[limits]\ntime = "50ms"')
    with pytest.raises(atoll.LimitExceeded, match="50 ms") as raised:
        folder.load(limits=atoll.Limits(time=60)).one.on_save(1)
    assert raised.value.code == "limit-deadline"


@pytest.mark.parametrize(
    "limit, host",
    [
        ('time = "2s"', atoll.Limits(time=1)),
        ('cpu = "2s"', atoll.Limits(cpu=1)),
        ('memory = "33MiB"', atoll.Limits(memory="32MiB")),
        ("handles = 11", atoll.Limits(handles=10)),
        ('time = "31s"', atoll.Limits()),
    ],
    ids=str,
)
def test_a_limit_cannot_be_raised(limit: str, host: atoll.Limits, folder: PluginFolder) -> None:
    problem = refused(folder, f"[limits]\n{limit}", limits=host)
    assert problem.code == "limit-invalid"
    assert problem.message == f"`limits.{limit.partition(' ')[0]}` is more than the host allows"
    assert problem.hint is not None
    assert problem.hint.startswith("the host allows at most ")
    assert problem.location is not None
    assert problem.location.line == 2


GRANTED: dict[str, tuple[str, Callable[[Path], atoll.Grants]]] = {
    "log": ("log = true", lambda here: atoll.Grants(log=True)),
    "env": ('env = ["LANG"]', lambda here: atoll.Grants(env={"LANG": "C"})),
    "dirs": ('dirs = ["/data"]', lambda here: atoll.Grants(dirs={"/data": here})),
    "dirs of writable ones": ('dirs = ["/data"]', lambda here: atoll.Grants(writable_dirs={"/data": here})),
    "writable dirs": ('writable_dirs = ["/data"]', lambda here: atoll.Grants(writable_dirs={"/data": here})),
    "network": ('network = ["https://a.example"]', lambda here: atoll.Grants(network=["https://a.example"])),
    "key_value": ('key_value = ["default"]', lambda here: atoll.Grants(key_value=True)),
    "sqlite": ('sqlite = ["default"]', lambda here: atoll.Grants(sqlite="shared")),
    "variables": ('variables = ["color"]', lambda here: atoll.Grants(variables={"color": "red"})),
}


@pytest.mark.parametrize("grant", GRANTED)
def test_what_the_host_grants_may_be_wanted(grant: str, folder: PluginFolder) -> None:
    wanted, host = GRANTED[grant]
    folder.put("one", wat.numbered(1))
    folder.settings("one", f"[grants]\n{wanted}")
    assert folder.load(grants=host(folder.path), strict=True).one.number() == 1


@pytest.mark.parametrize("grant", GRANTED)
def test_what_the_host_does_not_grant_is_refused_with_its_place(grant: str, folder: PluginFolder) -> None:
    problem = refused(folder, f"[grants]\n{GRANTED[grant][0]}")
    assert problem.code == "grant-invalid"
    assert problem.message.startswith("the host does not grant `")
    assert problem.hint == "the host grants nothing of this kind"
    assert problem.location is not None
    assert problem.location.line == 2


def test_a_folder_to_read_cannot_become_one_to_write(folder: PluginFolder) -> None:
    host = atoll.Grants(dirs={"/data": folder.path})
    problem = refused(folder, '[grants]\nwritable_dirs = ["/data"]', grants=host)
    assert (problem.code, problem.message) == ("grant-invalid", "the host does not grant `/data`")


def test_a_host_cannot_be_widened_by_a_pattern(folder: PluginFolder) -> None:
    host = atoll.Grants(network=["https://a.example"])
    problem = refused(folder, '[grants]\nnetwork = ["https://a.example", "https://*"]', grants=host)
    assert problem.message == "the host does not grant `https://*`"
    assert problem.hint == "the host grants `https://a.example`"


def remembers(plugins: atoll.Plugins) -> bool:
    """Whether the plugin may use its store."""
    if "one" not in plugins:
        assert plugins.problems["one"].code == "guest-import-unknown"
        return False
    try:
        plugins.one.remember(7)
    except atoll.GuestTrap:
        return False
    return bool(plugins.one.recall() == 7)


@pytest.mark.parametrize(
    "settings, granted",
    [(None, True), ("order = 1", True), ('[grants]\nkey_value = ["default"]', True), ("[grants]\nlog = true", False)],
    ids=["no settings", "no table", "wanted", "not wanted"],
)
def test_without_a_table_of_grants_a_plugin_has_all_and_with_it_what_it_names(
    settings: str | None, granted: bool, folder: PluginFolder
) -> None:
    folder.put("one", wat.storing())
    if settings is not None:
        folder.settings("one", settings)
    assert remembers(folder.load(grants=atoll.Grants(key_value=True, log=True))) is granted


def test_by_default_nothing_is_granted(folder: PluginFolder) -> None:
    folder.put("one", wat.storing())
    assert not remembers(folder.load())


def test_settings_without_their_plugin_are_told(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    folder.settings("onee", "enabled = false")
    plugins = folder.load()
    assert list(plugins) == ["one"]
    assert plugins.problems["onee"].code == "plugin-settings-alone"


def test_settings_that_cannot_be_read_keep_the_plugin_out(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    (folder.path / "one.toml").mkdir()
    assert folder.load().problems["one"].code == "guest-unreadable"


def test_a_host_that_grants_what_cannot_be_granted_is_told_at_once(folder: PluginFolder) -> None:
    with pytest.raises(UserError) as raised:
        folder.load(grants=atoll.Grants(key_value={"default": True, "my notes": True}))
    assert raised.value.code == "grant-invalid"
