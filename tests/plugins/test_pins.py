"""A plugin that is pinned is what its pin says, or it is not loaded."""

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from atoll.embed.plugins import pins
from atoll.errors import Problems, UserError
from tests.plugins import wat
from tests.plugins.folders import PluginFolder


def digest(content: str) -> str:
    return f"sha256:{sha256(content.encode()).hexdigest()}"


ONE, TWO = wat.numbered(1), wat.numbered(2)


def test_a_plugin_that_is_what_its_pin_says_is_loaded(folder: PluginFolder) -> None:
    folder.put("one", ONE)
    plugins = folder.load(pins={"one": digest(ONE)}, strict=True)
    assert plugins.one.digest == plugins.one.current.digest == digest(ONE)


def test_one_that_is_something_else_is_refused_with_both_digests(folder: PluginFolder) -> None:
    folder.put("one", TWO)
    problem = folder.load(pins={"one": digest(ONE)}).problems["one"]
    assert problem.code == "digest-mismatch"
    assert digest(ONE) in problem.message
    assert digest(TWO) in problem.message


def test_one_that_has_no_pin_is_refused_where_there_are_pins(folder: PluginFolder) -> None:
    folder.put("one", ONE)
    folder.put("two", TWO)
    plugins = folder.load(pins={"one": digest(ONE)})
    assert list(plugins) == ["one"]
    assert plugins.problems["two"].code == "plugin-unpinned"
    assert digest(TWO) in plugins.problems["two"].message
    assert len(folder.load(pins={})) == 0


def test_a_version_that_is_not_pinned_leaves_the_one_before(folder: PluginFolder) -> None:
    folder.put("one", ONE)
    plugins = folder.load(pins={"one": digest(ONE)})
    folder.put("one", TWO)
    assert plugins.refresh().failed == ("one",)
    assert (plugins.one.number(), plugins.problems["one"].code) == (1, "digest-mismatch")


def test_pins_are_written_and_read_again(folder: PluginFolder) -> None:
    folder.put("one", ONE)
    folder.put("image-resize", TWO)
    lock = folder.load().pin()
    assert lock == folder.path / "plugins.lock"
    assert tomllib.loads(lock.read_text()) == {"image-resize": digest(TWO), "one": digest(ONE)}
    plugins = folder.load(pins=lock, strict=True)
    assert len(plugins) == 2
    folder.put("one", TWO)
    plugins.refresh()
    assert plugins.problems["one"].code == "digest-mismatch"
    folder.load().pin()
    assert plugins.refresh().reloaded == ("one",)
    assert plugins.one.number() == 2


def test_pins_are_written_where_they_were_read(folder: PluginFolder, own_folder: Path) -> None:
    folder.put("one", ONE)
    lock = own_folder / "mine.lock"
    folder.load().pin(lock)
    lock.chmod(0o600)
    assert folder.load(pins="mine.lock").pin() == lock
    assert lock.stat().st_mode & 0o777 == 0o600
    assert not (folder.path / "plugins.lock").exists()


@pytest.mark.parametrize("given", ["", "sha256:12", "md5:" + "0" * 64, "sha256:" + "G" * 64, 3], ids=str)
def test_what_is_no_digest_is_no_pin(given: str, folder: PluginFolder) -> None:
    with pytest.raises(UserError) as raised:
        folder.load(pins={"one": given})
    assert raised.value.code == "digest-invalid"


FILES: Mapping[str, tuple[str, list[str]]] = {
    "no toml": ("one", ["manifest-syntax"]),
    "no digests": ('one = "1"\n[two]\nthree = 4\n', ["digest-invalid", "digest-invalid"]),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_of_pins_that_is_wrong_is_refused_with_its_place(case: str, folder: PluginFolder) -> None:
    text, codes = FILES[case]
    (folder.path / "plugins.lock").write_text(text)
    with pytest.raises((UserError, Problems)) as raised:
        folder.load(pins=folder.path / "plugins.lock")
    problems = raised.value.problems if isinstance(raised.value, Problems) else [raised.value]
    assert [problem.code for problem in problems] == codes
    assert all(problem.location for problem in problems)


def test_pins_that_are_not_there_are_not_no_pins(folder: PluginFolder) -> None:
    folder.put("one", ONE)
    with pytest.raises(UserError) as raised:
        folder.load(pins=folder.path / "plugins.lock")
    assert raised.value.code == "plugin-pins-unreadable"


def test_pins_that_go_away_or_wrong_leave_all_as_it_is(folder: PluginFolder) -> None:
    folder.put("one", ONE)
    lock = folder.load().pin()
    plugins = folder.load(pins=lock)
    for content in (None, "one = 1"):
        if content is None:
            lock.unlink()
        else:
            lock.write_text(content)
        folder.put("two", TWO)
        assert plugins.refresh().failed == (str(folder.path),)
        assert (list(plugins), plugins.one.number()) == (["one"], 1)


WRITER = """
import sys, itertools
from pathlib import Path
from atoll.embed.plugins import pins
print("ready", flush=True)
for n in itertools.count():
    pins.write(Path(sys.argv[1]), {f"plugin-{i}": "sha256:" + f"{n:064x}" for i in range(500)})
"""


@pytest.mark.slow
def test_whoever_is_killed_while_writing_pins_leaves_whole_ones(own_folder: Path) -> None:
    lock = own_folder / "plugins.lock"
    seen: set[str] = set()
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(lock)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        before = lock.stat().st_ino if lock.exists() else None
        while not lock.exists() or lock.stat().st_ino == before:
            assert writer.poll() is None
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        written = pins.Pins(lock).read()
        assert written is not None
        assert (len(written), len(set(written.values()))) == (500, 1)
        seen.update(written.values())
    assert seen


def test_pins_that_cannot_be_written_are_still_there(folder: PluginFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.put("one", ONE)
    plugins = folder.load()
    lock = plugins.pin()
    before = lock.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        plugins.pin()
    assert lock.read_bytes() == before
    assert sorted(file.name for file in folder.path.iterdir()) == ["one.wat", "plugins.lock"]
