"""The plugins of a folder are there by their names, and what cannot be one stops nobody else."""

import copy
import inspect
import os
import pydoc
from collections.abc import Mapping
from pathlib import Path

import pytest

import atoll
from atoll.errors import Problems, UserError, render
from tests.embed.loops import run
from tests.plugins import wat
from tests.plugins.folders import PluginFolder
from tests.support import built


def test_each_file_is_a_plugin_by_its_name(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    folder.put("two", wat.numbered(2))
    folder.put("fast", built("c-plugin").read_bytes(), suffix=".wasm")
    folder.put("readme", "nothing", suffix=".md")
    plugins = folder.load()
    assert isinstance(plugins, Mapping)
    assert list(plugins) == ["fast", "one", "two"]
    assert (len(plugins), "one" in plugins, "readme" in plugins, plugins.get("none")) == (3, True, False, None)
    assert plugins["one"].number() == plugins.one.number() == plugins.call("one", "number") == 1
    assert plugins.fast.add(1, 2) == plugins.call("fast", "add", 1, b=2) == 3
    assert dict(plugins.problems) == {}
    assert repr(plugins) == f"<plugins of {folder.path}: fast, one, two>"
    assert {"fast", "one", "two"} <= set(dir(plugins))


def test_an_attribute_is_the_name_as_python_writes_it(folder: PluginFolder) -> None:
    folder.put("image-resize", wat.numbered(1))
    folder.put("import", wat.numbered(2))
    plugins = folder.load()
    assert plugins.image_resize is plugins["image-resize"]
    assert plugins.import_.number() == 2
    with pytest.raises(AttributeError, match="there is no plugin `images`; there are `image-resize`, `import`"):
        _ = plugins.images


def test_calls_by_name_can_be_awaited(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    plugins = folder.load()

    async def main() -> None:
        assert await plugins.aio.call("one", "number") == 1
        assert await plugins.one.aio.number() == 1

    run(main)


def test_functions_of_interfaces_are_called_by_path(folder: PluginFolder) -> None:
    folder.put("one", wat.within(1, "acme:docs/events@1.0.0"))
    plugins = folder.load()
    ways = ("events/number", "acme:docs/events/number", "acme:docs/events@1.0.0/number", "acme:docs/events#number")
    for path in ways:
        assert plugins.call("one", path) == 1
    assert plugins.one.events.number() == 1
    assert plugins.one.exports["acme:docs/events"].number() == 1


def test_a_path_that_leads_nowhere_or_to_several_is_refused(folder: PluginFolder) -> None:
    folder.put("one", wat.within(1, "acme:docs/events", "acme:mail/events"))
    plugins = folder.load()
    with pytest.raises(UserError, match="plugin `one` exports no `render`") as raised:
        plugins.call("one", "render")
    assert raised.value.code == "plugin-export-unknown"
    assert raised.value.hint == "it exports `events/number`"
    with pytest.raises(UserError, match="several interfaces of plugin `one` have `events/number`"):
        plugins.call("one", "events/number")
    assert plugins.call("one", "acme:mail/events/number") == 2


def test_a_name_that_is_no_plugins_is_a_key_error_that_says_why(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    folder.put("broken", "(component")
    folder.put("off", wat.numbered(3))
    folder.settings("off", "enabled = false")
    plugins = folder.load()
    with pytest.raises(KeyError) as raised:
        _ = plugins["onee"]
    assert isinstance(raised.value, atoll.PluginUnknown)
    assert (raised.value.code, str(raised.value)) == ("plugin-unknown", "there is no plugin `onee`")
    assert raised.value.hint == "there are `one`"
    with pytest.raises(atoll.PluginUnknown, match="plugin `broken` could not be loaded: ") as raised_by_broken:
        plugins.call("broken", "number")
    assert raised_by_broken.value.__cause__ is plugins.problems["broken"]
    with pytest.raises(atoll.PluginUnknown, match="plugin `off` is switched off"):
        _ = plugins["off"]


def test_a_bad_file_does_not_stop_the_others(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    folder.put("broken", b"\0asm\x0d\0\1\0 nothing of it", suffix=".wasm")
    folder.put("importing", wat.ringing(1))
    plugins = folder.load()
    assert list(plugins) == ["one"]
    assert {name: error.code for name, error in plugins.problems.items()} == {
        "broken": "guest-invalid",
        "importing": "guest-import-unknown",
    }


def test_strictly_everything_that_is_wrong_is_raised_at_once(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    assert list(folder.load(strict=True)) == ["one"]
    folder.put("broken", "(component")
    folder.settings("one", "orders = 3")
    with pytest.raises(Problems) as raised:
        folder.load(strict=True)
    assert sorted(problem.code for problem in raised.value.problems) == ["guest-invalid", "manifest-key-unknown"]


@pytest.mark.parametrize("name", ["markdown-1.2", "a b", "-a", "a_", "ä", "a" * 65])
def test_a_name_that_would_not_last_is_refused(name: str, folder: PluginFolder) -> None:
    folder.put(name, wat.numbered(1))
    plugins = folder.load()
    assert len(plugins) == 0
    assert plugins.problems[name].code == "id-invalid"


@pytest.mark.parametrize("others", [("a_b.wat",), ("A-B.wat",), ("a-b.wasm",), ("a_b.wat", "A_b.wasm")], ids=str)
def test_names_that_are_one_to_python_and_to_stores_are_refused(others: tuple[str, ...], folder: PluginFolder) -> None:
    folder.put("a-b", wat.numbered(1))
    for other in others:
        folder.put(Path(other).stem, wat.numbered(2), suffix=Path(other).suffix)
    plugins = folder.load()
    assert len(plugins) == 0
    assert {error.code for error in plugins.problems.values()} == {"id-duplicate"}
    assert set(plugins.problems) == {"a-b", *(Path(other).stem for other in others)}


def test_what_is_on_its_way_to_its_name_is_no_plugin(folder: PluginFolder) -> None:
    (folder.path / ".one.wat").write_text(wat.numbered(1))
    plugins = folder.load()
    assert (len(plugins), dict(plugins.problems)) == (0, {})


def test_what_is_no_file_keeps_nobody_waiting(folder: PluginFolder) -> None:
    os.mkfifo(folder.path / "pipe.wasm")
    (folder.path / "folder.wasm").mkdir()
    (folder.path / "gone.wasm").symlink_to("nowhere")
    with (folder.path / "huge.wasm").open("wb") as huge:
        huge.truncate(257 << 20)
    folder.put("one", wat.numbered(1))
    plugins = folder.load()
    assert list(plugins) == ["one"]
    assert {error.code for error in plugins.problems.values()} == {"guest-unreadable"}
    assert set(plugins.problems) == {"pipe", "folder", "gone", "huge"}


def test_a_link_leads_nowhere_but_into_the_folder(folder: PluginFolder, own_folder: Path) -> None:
    """What cannot be loaded is quoted in the error: nobody is to read the host's files that way."""
    secret = own_folder / "secret"
    secret.write_text("the password is 1234")
    (folder.path / "read.wasm").symlink_to(secret)
    (folder.path / "up.wasm").symlink_to("../secret")
    folder.put("one", wat.numbered(1))
    (folder.path / "one.toml").symlink_to(secret)
    (folder.path / "data").mkdir()
    (folder.path / "data" / "two").write_text(wat.numbered(2))
    (folder.path / "two.wat").symlink_to("data/two")
    plugins = folder.load()
    assert (list(plugins), plugins.two.number()) == (["two"], 2)
    assert set(plugins.problems) == {"read", "up", "one"}
    assert all("leads out of" in error.message for error in plugins.problems.values())
    assert not any("1234" in render(error) for error in plugins.problems.values())


def test_what_is_logged_of_strangers_files_controls_no_terminal(
    folder: PluginFolder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.put("\x1b[2Jone", "(component \x1b[2J)")
    folder.put("two", "(component \x1b[2J)")
    folder.load()
    assert len(caplog.messages) == 2
    assert "\x1b" not in "".join(caplog.messages)


def test_a_setting_that_is_misspelt_is_no_setting(folder: PluginFolder) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'limit'; there are limits, "):
        folder.load(limit=atoll.Limits(time=1))
    with pytest.raises(TypeError, match="unexpected keyword argument 'error'"):
        folder.load().hook("on-save", error="skip")  # type: ignore[call-arg]


def test_a_folder_that_is_not_there_is_an_error(own_folder: Path) -> None:
    with pytest.raises(UserError, match="No such file") as raised:
        atoll.Plugins(own_folder / "nowhere")
    assert raised.value.code == "plugin-folder-unreadable"


def test_what_nobody_foresaw_stops_nobody_else(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    folder.put("two", wat.numbered(2))

    def imports(plugin: str) -> dict[str, object]:
        if plugin == "two":
            raise ZeroDivisionError("of the host")
        return {}

    plugins = folder.load(imports=imports)
    assert list(plugins) == ["one"]
    assert plugins.problems["two"].code == "plugin-load-failed"
    assert isinstance(plugins.problems["two"].__cause__, ZeroDivisionError)


def test_settings_may_depend_on_the_name(folder: PluginFolder) -> None:
    folder.put("slow", wat.looping("number"))
    folder.put("one", wat.ringing(1))

    class Bell:
        def __init__(self, plugin: str) -> None:
            self.plugin = plugin

        def ring(self) -> None:
            rung.append(self.plugin)

    rung: list[str] = []
    plugins = folder.load(
        limits=lambda name: atoll.Limits(time=0.05 if name == "slow" else 60),
        imports=lambda name: {wat.BELL: Bell(name)},
    )
    assert plugins.one.run() == 1
    assert rung == ["one"]
    with pytest.raises(atoll.LimitExceeded):
        plugins.slow.number(1)


def test_pythons_own_tools_show_what_a_plugin_has(folder: PluginFolder) -> None:
    folder.put("fast", built("c-plugin").read_bytes(), suffix=".wasm")
    plugins = folder.load()
    assert str(inspect.signature(plugins.fast.add)) == "(a: int, b: int) -> int"
    assert plugins.fast.spin.__doc__ == atoll.load(built("c-plugin")).spin.__doc__
    assert "spin(iterations" in pydoc.plain(pydoc.render_doc(plugins.fast.spin))
    assert {"add", "echo", "open", "pool"} <= set(dir(plugins.fast))
    assert (repr(plugins.fast), repr(plugins.fast.add)) == ("<plugin fast>", "<function add>")
    assert plugins.fast.world == atoll.load(built("c-plugin")).world
    assert copy.copy(plugins.fast.add)(1, 2) == copy.copy(plugins.fast.current.add)(1, 2) == 3
    assert not hasattr(plugins.fast.add, "__wrapped__")
    about = plugins.fast.about
    assert (about.name, about.file, about.digest) == ("fast", folder.path / "fast.wasm", plugins.fast.digest)


def test_closed_plugins_are_gone(folder: PluginFolder) -> None:
    folder.put("one", wat.numbered(1))
    with folder.load() as plugins:
        one = plugins.one
        assert one.number() == 1
    assert len(plugins) == 0
    with pytest.raises(UserError, match="plugin `one` was removed"):
        one.number()
    assert not plugins.refresh()
    assert len(plugins) == 0
