"""No more of a file is read than it may have."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from atoll.app import App
from atoll.doctor.patient import Patient
from atoll.errors import UserError
from atoll.files import TooLarge, read_bounded
from atoll.lock.pins import Pins
from atoll.manifest.text import MAX_BYTES, read_manifest
from atoll.manifest.toml import Toml
from atoll.registry.credentials import find
from atoll.runtime.config import load
from atoll.templates.values import read_file


def large(file: Path, size: int = 1 << 40) -> Path:
    """A file that is long and takes no room; read as a whole, it would take all memory."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        opened.truncate(size)
    return file


@pytest.mark.parametrize("size", [0, 99, 100])
def test_what_is_small_enough_is_read(tmp_path: Path, size: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * size)
    assert read_bounded(file, 100) == b"x" * size


def test_one_byte_more_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match=r"^it has more than 100 bytes$") as raised:
        read_bounded(large(tmp_path / "file", 101), 100)
    assert (raised.value.size, raised.value.most) == (101, 100)


def test_a_pipe_that_never_ends_is_left(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with suppress(BrokenPipeError), pipe.open("wb", buffering=0) as opened:
            while True:
                opened.write(b"x" * 4096)

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(TooLarge) as raised:
        read_bounded(pipe, 100_000)
    writer.join()
    assert raised.value.size > 100_000


def test_what_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "none", 100)


def test_a_manifest_says_how_large_it_is(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"shown has {1 << 40} bytes; a manifest may have {MAX_BYTES}") as raised:
        read_manifest(large(tmp_path / "spin.toml"), "shown")
    assert raised.value.code == "manifest-too-large"
    (tmp_path / "spin.toml").write_bytes(b"a = 1\nb = '\xff'")
    with pytest.raises(UserError, match=r"spin.toml is not UTF-8: the byte 0xff in line 2 has no meaning there"):
        Toml.from_file(tmp_path / "spin.toml")


READERS: dict[str, Callable[[Path], object]] = {
    "spin.toml": App.load,
    "serverless.yml": App.load,
    "doctor/spin.toml": lambda file: Patient.of(file, str(file), None),  # type: ignore[arg-type]  # not asked for
    "runtime.toml": load,
    "values.toml": read_file,
    "atoll.lock": lambda file: Pins(file.parent).find("a:b", "1", "", lambda: pytest.fail("it was not read")),
}


@pytest.mark.parametrize("name", READERS)
def test_files_written_by_hand_are_bounded(tmp_path: Path, name: str) -> None:
    file = large(tmp_path / name)
    with pytest.raises(UserError, match=f"{1 << 40} bytes; a manifest may have {MAX_BYTES}"):
        READERS[name](file)


def test_credentials_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    large(tmp_path / "atoll" / "registries.json")
    with pytest.raises(UserError, match=r"registries.json cannot be used: it has more than 1048576 bytes"):
        find("registry.example.com")
