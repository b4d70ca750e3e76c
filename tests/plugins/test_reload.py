"""Files that change are loaded beside what is there, and disturb nobody."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import atoll
from atoll.errors import UserError
from tests.plugins import wat
from tests.plugins.folders import PluginFolder


class Bell:
    """Keeps whoever rings until somebody opens."""

    def __init__(self) -> None:
        self.rung = threading.Event()
        self.opened = threading.Event()

    def ring(self) -> None:
        self.rung.set()
        assert self.opened.wait(60)


def test_what_is_new_changed_or_gone_is_seen(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    gone = folder.put("gone", wat.numbered(0))
    plugins = folder.load()
    assert not plugins.refresh()
    folder.put("one", wat.numbered(11))
    folder.put("two", wat.numbered(2))
    gone.unlink()
    refreshed = plugins.refresh()
    assert refreshed == (("two",), ("one",), ("gone",), (), ())
    assert {name: plugins.call(name, "number") for name in plugins} == {"one": 11, "two": 2}
    assert not plugins.refresh()


def test_what_was_taken_from_a_plugin_follows_its_versions(folder: PluginFolder) -> None:
    folder.put("one", wat.within(1, "acme:docs/events"))
    plugins = folder.load()
    one, events, number = plugins.one, plugins.one.events, plugins.one.events.number
    kept = plugins.one.current
    folder.put("one", wat.within(5, "acme:docs/events"))
    plugins.refresh()
    assert (one.events.number(), events.number(), number(), kept.events.number()) == (5, 5, 5, 1)
    folder.put("one", wat.numbered(6))
    plugins.refresh()
    with pytest.raises(AttributeError, match="exports no `events`"):
        number()
    assert one.number() == 6


def test_calls_in_flight_end_on_the_version_that_they_began_on(folder: PluginFolder) -> None:
    bell = Bell()
    folder.put("one", wat.ringing(1))
    plugins = folder.load(imports={wat.BELL: bell})
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(plugins.one.run)
        assert bell.rung.wait(60)
        folder.put("one", wat.numbered(2, "run"))
        assert plugins.refresh().reloaded == ("one",)
        assert plugins.one.run() == 2
        (folder.path / "one.wat").unlink()
        assert plugins.refresh().removed == ("one",)
        assert not running.done()
        bell.opened.set()
        assert running.result(60) == 1


def test_what_cannot_be_loaded_leaves_the_version_before(
    folder: PluginFolder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.put("one", wat.numbered(1))
    plugins = folder.load()
    whole = wat.numbered(2)
    folder.put("one", whole[: len(whole) // 2])
    assert plugins.refresh().failed == ("one",)
    assert plugins.one.number() == 1
    assert plugins.problems["one"].code == "guest-invalid"
    assert [record.message for record in caplog.records if record.name == "atoll.plugins"] == [
        f"plugin `one` cannot be loaded: {plugins.problems['one'].message}; the version before goes on"
    ]
    assert not plugins.refresh(), "what is known to be wrong is no news"
    folder.put("one", whole)
    assert plugins.refresh().reloaded == ("one",)
    assert (plugins.one.number(), dict(plugins.problems)) == (2, {})


def test_settings_that_go_wrong_leave_the_version_before(folder: PluginFolder) -> None:
    folder.put("one", wat.looping())
    folder.settings("one", '[limits]\ntime = "50ms"')
    plugins = folder.load()
    settings = folder.settings("one", '[limits]\ntime = "1h"')
    assert plugins.refresh().failed == ("one",)
    with pytest.raises(atoll.LimitExceeded, match="50 ms"):
        plugins.one.on_save(1)
    folder.settings("one", '[limits]\ntime = "20ms"')
    assert plugins.refresh().reloaded == ("one",)
    with pytest.raises(atoll.LimitExceeded, match="20 ms"):
        plugins.one.on_save(1)
    settings.unlink()
    assert plugins.refresh().reloaded == ("one",)


def test_a_file_that_is_the_same_again_is_not_loaded_again(folder: PluginFolder) -> None:
    file = folder.put("one", wat.numbered(1))
    plugins = folder.load()
    before = plugins.one.current
    os.utime(file, (1, 1))
    assert not plugins.refresh()
    folder.put("one", wat.numbered(1))
    assert not plugins.refresh()
    assert plugins.one.current is before


def test_a_name_that_two_files_claim_stays_with_the_one_that_has_it(folder: PluginFolder) -> None:
    folder.put("a-b", wat.numbered(1))
    plugins = folder.load()
    folder.put("a_b", wat.numbered(2))
    assert set(plugins.refresh().failed) == {"a-b", "a_b"}
    assert (list(plugins), plugins.a_b.number()) == (["a-b"], 1)


def test_a_plugin_that_is_gone_says_so_until_it_is_back(folder: PluginFolder) -> None:
    file = folder.put("one", wat.numbered(1))
    plugins = folder.load()
    number = plugins.one.number
    file.unlink()
    plugins.refresh()
    with pytest.raises(UserError, match="plugin `one` was removed") as raised:
        number()
    assert raised.value.code == "plugin-unknown"
    folder.put("one", wat.numbered(2))
    plugins.refresh()
    assert number() == 2


def test_settings_that_are_left_behind_do_not_keep_a_plugin(folder: PluginFolder) -> None:
    file = folder.put("one", wat.numbered(1))
    folder.settings("one", "order = 1")
    plugins = folder.load()
    file.unlink()
    refreshed = plugins.refresh()
    assert (refreshed.removed, refreshed.failed) == (("one",), ("one",))
    assert (len(plugins), plugins.problems["one"].code) == (0, "plugin-settings-alone")


def test_an_instance_stays_with_its_version(folder: PluginFolder) -> None:
    folder.put("one", wat.counting())
    plugins = folder.load()
    with plugins.one.open() as before:
        assert before.count() == 1
        folder.put("one", wat.counting(10))
        plugins.refresh()
        with plugins.one.open() as after:
            assert (before.count(), after.count()) == (2, 11)


def test_a_folder_that_is_away_takes_no_plugin_with_it(folder: PluginFolder, own_folder: Path) -> None:
    folder.put("one", wat.numbered(1))
    plugins = folder.load()
    away = folder.path.rename(own_folder / "away")
    assert plugins.refresh().failed == (str(folder.path),)
    assert plugins.one.number() == 1
    assert plugins.problems[str(folder.path)].code == "plugin-folder-unreadable"
    assert not plugins.refresh()
    away.rename(folder.path)
    assert not plugins.refresh()
    assert dict(plugins.problems) == {}


def test_a_file_that_changed_a_moment_ago_can_be_left_to_rest(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    plugins = folder.load()
    file = folder.put("one", wat.numbered(2))
    folder.put("two", "(component")
    loader = plugins._loader
    refreshed = loader.look(rest=3600)
    assert (bool(refreshed), set(refreshed.waiting)) == (False, {"one", "two"})
    assert (plugins.one.number(), dict(plugins.problems)) == (1, {})
    os.utime(file, (1, 1))
    refreshed = loader.look(rest=3600)
    assert (refreshed.reloaded, refreshed.waiting) == (("one",), ("two",))
    assert loader.look(rest=0).failed == ("two",)


@pytest.mark.slow
def test_plugins_are_replaced_while_many_threads_call_them(folder: PluginFolder) -> None:
    """Each call gives the number of a version that was there, and a thread never sees an older one again."""
    folder.put("one", wat.numbered(0))
    plugins = folder.load()
    done = threading.Event()

    def call() -> int:
        last = count = 0
        while not done.is_set():
            number = plugins.one.number()
            assert last <= number
            last, count = number, count + 1
        return count

    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(call) for _ in range(4)]
        for version in range(1, 11):
            folder.put("one", wat.numbered(version))
            assert plugins.refresh().reloaded == ("one",)
        done.set()
        assert all(each.result(60) > 0 for each in calls)
    assert plugins.one.number() == 10
    assert plugins.metrics()["one"]["failed"] == {}
