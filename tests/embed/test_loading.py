"""A plugin is loaded from a path, from bytes or from text; whatever is none is refused with its code."""

import os
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atoll
from atoll.errors import AtollError, UserError
from tests.embed import wat
from tests.embed.plugins import rust, small
from tests.support import built

NOP = wat.plain('(func (export "nop"))', "nop")


class PathLike:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


def test_a_path_may_be_text_a_path_or_like_one() -> None:
    file = built("c-plugin")
    for source in (str(file), file, PathLike(file), os.path.relpath(file)):
        plugin = atoll.load(source)
        assert plugin.add(1, 2) == 3
        assert repr(plugin) == "<plugin c-plugin>"


def test_bytes_are_the_component_itself() -> None:
    plugin = atoll.load(built("c-plugin").read_bytes())
    assert plugin.add(1, 2) == 3
    assert repr(plugin) == "<plugin plugin>"
    assert plugin.digest == small().digest


@pytest.mark.parametrize("buffer", [bytearray, memoryview, lambda wasm: array("B", wasm)])
def test_bytes_may_be_in_any_buffer(buffer: Callable[[bytes], Any]) -> None:
    held = buffer(built("c-plugin").read_bytes())
    plugin = atoll.load(held)
    assert plugin.digest == small().digest
    assert (plugin.add(1, 2), "export add" in plugin.world) == (3, True)


def test_a_buffer_may_change_once_it_is_loaded() -> None:
    held = bytearray(NOP)
    plugin = atoll.load(held)
    held[:] = b" " * len(held)
    assert plugin.nop() is None
    assert "export nop" in plugin.world


@pytest.mark.parametrize("source", [None, 1, ["plugin.wasm"], object()])
def test_what_is_neither_a_path_nor_bytes_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError, match=rf"from a path or from bytes; got {type(source).__name__}"):
        atoll.load(source)
    with pytest.raises(TypeError, match="from a path or from bytes"):
        atoll.load(NOP, modules={"other": source})


def test_text_is_compiled_as_well(tmp_path: Path) -> None:
    file = tmp_path / "silent.wat"
    file.write_bytes(NOP)
    assert atoll.load(file).nop() is None
    assert atoll.load(NOP).nop() is None
    assert repr(atoll.load(file)) == "<plugin silent>"


def test_a_plugin_may_be_given_a_name() -> None:
    assert repr(small(name="fast")) == "<plugin fast>"
    assert repr(small(name="")) == "<plugin c-plugin>"


def test_the_file_may_be_gone_once_it_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "gone.wasm"
    file.write_bytes(built("c-plugin").read_bytes())
    plugin = atoll.load(file)
    file.write_bytes(b"something else")
    assert plugin.add(1, 2) == 3
    file.unlink()
    assert plugin.open().add(1, 2) == 3


def test_one_file_can_be_loaded_many_times() -> None:
    plugins = [rust() for _ in range(20)]
    assert [plugin.state.bump() for plugin in plugins] == [1] * 20
    with plugins[0].open() as first, plugins[1].open() as second:
        assert (first.state.bump(), first.state.bump(), second.state.bump()) == (1, 2, 1)


FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "guest-invalid"),
    "text": (b"hello, world", "guest-invalid"),
    "zeroes": (bytes(1_000), "guest-invalid"),
    "a header alone": (b"\0asm", "guest-invalid"),
    "another version": (b"\0asm\x02\0\0\0", "guest-invalid"),
    "unfinished text": (b"(component", "guest-invalid"),
    "text that is none": (b"(component (nope))", "guest-invalid"),
    "an elf": (b"\x7fELF\x02\x01\x01", "guest-invalid"),
    "a command": (b'(module (func (export "_start")))', "guest-not-library"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_library_is_refused(name: str) -> None:
    source, code = FILES[name]
    with pytest.raises(UserError) as raised:
        atoll.load(source)
    assert raised.value.code == code
    assert small().add(1, 2) == 3


@pytest.mark.parametrize("guest", ["rust-plugin", "c-plugin"])
@pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(guest: str, part: float) -> None:
    whole = built(guest).read_bytes()
    with pytest.raises(UserError) as raised:
        atoll.load(whole[: max(12, int(len(whole) * part))])
    assert raised.value.code == "guest-invalid"


def test_a_core_command_is_refused() -> None:
    with pytest.raises(UserError) as raised:
        atoll.load(built("rust-cli-p1"))
    assert raised.value.code == "guest-not-library"
    assert raised.value.hint


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "missing.wasm", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(UserError, match=f"`{path}` cannot be read: {why}") as raised:
            atoll.load(path)
        assert raised.value.code == "guest-unreadable"


@pytest.mark.parametrize("source", [3, None, [b"(component)"], object()], ids=["number", "none", "list", "object"])
def test_what_is_no_source_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError):
        atoll.load(source)


def test_what_is_no_plugin_is_refused_with_a_hint_that_speaks_of_python() -> None:
    with pytest.raises(AtollError) as raised:
        atoll.load(built("rust-plugin"))
    assert raised.value.code == "guest-import-unknown"
    assert "acme:plugin/directory@0.1.0" in raised.value.message
    assert "imports=" in (raised.value.hint or "")
    assert "tool.atoll" not in (raised.value.hint or "")


SETTINGS = """
import atoll, sys
from pathlib import Path
atoll.configure(cache_dir=None if sys.argv[2] == "-" else Path(sys.argv[2]))
assert atoll.load(sys.argv[1]).add(1, 2) == 3
try:
    atoll.configure(cache_dir=None)
except atoll.errors.UserError as error:
    print(error.code)
"""


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["-", "cache"])
def test_what_all_plugins_share_is_set_before_the_first(cache: str, own_folder: Path) -> None:
    command = [sys.executable, "-c", SETTINGS, str(built("c-plugin")), cache]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.stdout, ended.stderr) == ("embed-configured\n", "")
    assert (own_folder / "cache").exists() == (cache == "cache")


@pytest.mark.slow
def test_importing_the_package_loads_no_data_plane() -> None:
    code = "import sys, atoll; print('atoll._core' in sys.modules, 'atoll.embed' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False False\n"


def test_nothing_is_written_where_a_plugin_is_loaded(own_folder: Path) -> None:
    assert rust().add(1, 2) == 3
    assert list(own_folder.iterdir()) == []
