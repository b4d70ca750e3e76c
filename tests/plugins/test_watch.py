"""Plugins that follow their files by themselves."""

import asyncio
import queue
import threading
from pathlib import Path
from typing import Any

import pytest

import atoll
from atoll.embed.plugins import Refreshed, following
from tests.embed.loops import run
from tests.plugins import wat
from tests.plugins.folders import PluginFolder

Told = queue.SimpleQueue[Refreshed]


def until(told: Told, **wanted: tuple[str, ...]) -> None:
    """Wait until that was told."""
    while any(getattr(refreshed := told.get(timeout=60), key) != names for key, names in wanted.items()):
        assert refreshed


@pytest.mark.slow
def test_a_change_is_seen_by_itself(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    plugins, told = folder.load(), Told()
    with plugins.watch(told.put):
        folder.put("one", wat.numbered(2))
        until(told, reloaded=("one",))
        assert plugins.one.number() == 2
        folder.put("two", "(component")
        until(told, failed=("two",))
        folder.put("two", wat.numbered(3))
        until(told, loaded=("two",))
        folder.settings("two", "enabled = false")
        until(told, removed=("two",))
        (folder.path / "one.wat").unlink()
        until(told, removed=("one",))
    assert len(plugins) == 0


@pytest.mark.slow
def test_what_changed_before_it_watched_is_seen(folder: PluginFolder) -> None:
    plugins, told = folder.load(), Told()
    folder.put("one", wat.numbered(1))
    with plugins.watch(told.put):
        until(told, loaded=("one",))


@pytest.mark.slow
def test_a_file_that_is_written_bit_by_bit_is_loaded_once_it_rests(
    folder: PluginFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_REST", 3600)
    folder.put("one", wat.numbered(1))
    plugins, told = folder.load(), Told()
    seen = threading.Event()
    look = plugins._loader.look

    def looking(**how: Any) -> Refreshed:
        refreshed = look(**how)
        if refreshed.waiting:
            seen.set()
        return refreshed

    monkeypatch.setattr(plugins._loader, "look", looking)
    whole = wat.numbered(2)
    with plugins.watch(told.put):
        with (folder.path / "one.wat").open("w") as writing:
            for start in range(0, len(whole), 100):
                writing.write(whole[start : start + 100])
                writing.flush()
                seen.clear()
                assert seen.wait(60)
        assert (plugins.one.number(), told.empty()) == (1, True)
        monkeypatch.setattr(following, "_REST", 0.01)
        assert told.get(timeout=60) == ((), ("one",), (), (), ())
    assert plugins.one.number() == 2


@pytest.mark.slow
@pytest.mark.parametrize("linked", [True, False], ids=["a link", "a folder"])
def test_a_folder_that_takes_the_others_place_is_followed(linked: bool, own_folder: Path) -> None:
    first, second = (PluginFolder.made(own_folder / name) for name in ("first", "second"))
    first.put("one", wat.numbered(1))
    second.put("one", wat.numbered(2))
    place, told = own_folder / "plugins", Told()
    if linked:
        place.symlink_to(first.path)
    else:
        first.path.rename(place)
    plugins = atoll.Plugins(place)
    with plugins.watch(told.put):
        if linked:
            (own_folder / "next").symlink_to(second.path)
            (own_folder / "next").rename(place)
        else:
            place.rename(own_folder / "away")
            second.path.rename(place)
        until(told, reloaded=("one",))
        PluginFolder(place).put("two", wat.numbered(3))
        until(told, loaded=("two",))
    assert (plugins.one.number(), plugins.two.number()) == (2, 3)


@pytest.mark.slow
def test_pins_are_followed_as_well(folder: PluginFolder, own_folder: Path) -> None:
    folder.put("one", wat.numbered(1))
    lock, told = own_folder / "etc" / "plugins.lock", Told()
    lock.parent.mkdir()
    folder.load().pin(lock)
    plugins = folder.load(pins=lock)
    with plugins.watch(told.put):
        folder.put("one", wat.numbered(2))
        until(told, failed=("one",))
        assert plugins.one.number() == 1
        folder.load().pin(lock)
        until(told, reloaded=("one",))
    assert plugins.one.number() == 2


@pytest.mark.slow
def test_changes_can_be_followed_in_a_coroutine(folder: PluginFolder) -> None:
    plugins = folder.load()

    async def main() -> list[Any]:
        seen = []
        async with plugins.watch() as watching:
            changes = aiter(watching)
            folder.put("one", wat.numbered(1))
            seen.append(await anext(changes))
            folder.put("one", wat.numbered(2))
            seen.append(await anext(changes))
        assert [change async for change in changes] == []
        assert [change async for change in watching] == []
        return seen

    loaded, reloaded = run(main)
    assert (loaded.loaded, reloaded.reloaded) == (("one",), ("one",))


@pytest.mark.slow
def test_all_that_watch_are_told_of_each_change_until_they_are_closed(folder: PluginFolder) -> None:
    plugins, first, second = folder.load(), Told(), Told()
    with plugins.watch(second.put):
        with plugins.watch(first.put):
            for number in range(4):
                folder.put(f"number-{number}", wat.numbered(number))
                for told in (first, second):
                    until(told, loaded=(f"number-{number}",))
        folder.put("last", wat.numbered(4))
        until(second, loaded=("last",))
    assert (first.empty(), second.empty()) == (True, True)
    with plugins.watch(first.put):
        folder.put("more", wat.numbered(5))
        until(first, loaded=("more",))
    assert second.empty()


@pytest.mark.slow
def test_who_watches_is_told_of_what_refresh_has_found(folder: PluginFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_REST", 3600)
    plugins, told = folder.load(), Told()
    folder.put("one", wat.numbered(1))
    assert not plugins.refresh().waiting
    with plugins.watch(told.put):
        folder.put("two", wat.numbered(2))
        found = plugins.refresh()
        assert found.loaded == ("two",)
        assert told.get(timeout=60) == found
        assert told.empty()


@pytest.mark.slow
def test_who_is_told_can_close_and_watch_again(folder: PluginFolder) -> None:
    plugins, told = folder.load(), Told()
    before = threading.active_count()

    def once(refreshed: Refreshed) -> None:
        watching.close()
        again.append(plugins.watch(told.put))

    again: list[Any] = []
    watching = plugins.watch(once)
    folder.put("one", wat.numbered(1))
    while not again:
        threading.Event().wait(0.01)
    folder.put("two", wat.numbered(2))
    until(told, loaded=("two",))
    plugins.close()
    assert threading.active_count() == before


@pytest.mark.slow
def test_who_fails_to_be_told_does_not_end_it(folder: PluginFolder, caplog: pytest.LogCaptureFixture) -> None:
    told = Told()

    def changed(refreshed: Refreshed) -> None:
        told.put(refreshed)
        raise ZeroDivisionError

    async def forget() -> None:
        aiter(watching)

    with folder.load() as plugins, plugins.watch(changed) as watching:
        asyncio.run(forget())
        folder.put("one", wat.numbered(1))
        until(told, loaded=("one",))
        folder.put("two", wat.numbered(2))
        until(told, loaded=("two",))
        assert set(plugins) == {"one", "two"}
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.slow
def test_closed_it_leaves_no_thread(folder: PluginFolder) -> None:
    before = threading.active_count()
    plugins = folder.load()
    watching = plugins.watch()
    assert threading.active_count() > before
    plugins.watch()
    watching.close()
    watching.close()
    plugins.close()
    assert threading.active_count() == before
