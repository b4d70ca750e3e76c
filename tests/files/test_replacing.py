"""A file is put in the place of another in one step, whoever reads it and whatever ends the writer."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from atoll.files import replace

OLD, NEW = b"old" * 100_000, b"new!" * 100_000

# Writes for ever, one after the other.
WRITER = """
import sys
from pathlib import Path
from atoll.files import replace
file, old, new = Path(sys.argv[1]), b"old" * 100_000, b"new!" * 100_000
print("begins", flush=True)
while True:
    replace(file, new, lasting=True)
    replace(file, old)
"""


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def others(file: Path) -> list[str]:
    return [path.name for path in file.parent.iterdir() if path != file]


def test_the_new_bytes_are_there_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for content in (b"", b"one", b"two"):
        replace(file, content)
        assert (file.read_bytes(), others(file)) == (content, [])


def test_who_reads_meanwhile_never_sees_half_of_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(OLD)
    done = threading.Event()
    seen = set[bytes]()

    def read() -> None:
        while not done.is_set():
            seen.add(file.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        replace(file, NEW)
        replace(file, OLD)
    done.set()
    reader.join()
    assert seen <= {OLD, NEW} and seen


def test_who_is_killed_leaves_one_of_both_and_a_name_that_nobody_takes_for_the_file(tmp_path: Path) -> None:
    file = tmp_path / "plugin.wasm"
    left = set[str]()
    for _ in range(8):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None and writer.stdout.readline() == b"begins\n"
            while not file.exists():
                pass
            writer.send_signal(signal.SIGKILL)
        assert file.read_bytes() in (OLD, NEW)
        left |= set(others(file))
    assert all(name.startswith(".plugin.wasm.") and not name.endswith(".wasm") for name in left)
    assert [*tmp_path.glob("*.wasm")] == [file]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_permissions_are_those_that_were_asked_for_or_those_of_the_old_file(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        replace(tmp_path / "secret", b"", mode=0o600)
        replace(tmp_path / "program", b"", mode=0o755)
        replace(tmp_path / "plain", b"")
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("secret", "program", "plain")] == [0o600, 0o755, 0o644]
    (tmp_path / "plain").chmod(0o640)
    replace(tmp_path / "plain", b"again")
    assert mode(tmp_path / "plain") == 0o640
    replace(tmp_path / "plain", b"again", mode=0o600)
    assert mode(tmp_path / "plain") == 0o600


def test_what_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    for file, error in ((folder / "below", IsADirectoryError), (folder / "none" / "file", FileNotFoundError)):
        with pytest.raises(error):
            replace(file, b"new")
    assert [path.name for path in folder.iterdir()] == ["below"]


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    code = "import resource, signal, sys; from pathlib import Path; from atoll.files import replace\n"
    code += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
    code += "replace(Path(sys.argv[1]), b'new' * 100)"
    ended = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, check=False)
    assert b"File too large" in ended.stderr
    assert (file.read_bytes(), others(file)) == (b"old", [])


def test_it_is_written_aside_where_that_is_asked_for(tmp_path: Path) -> None:
    aside, file = tmp_path / "aside", tmp_path / "bin" / "command"
    aside.mkdir()
    file.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        replace(file, b"new", aside=aside)
    file.rmdir()
    replace(file, b"new", aside=aside)
    assert (file.read_bytes(), others(file), [*aside.iterdir()]) == (b"new", [], [])


def test_a_name_may_be_as_long_as_names_may_be(tmp_path: Path) -> None:
    for name in ("x" * 255, "ü" * 127, "\N{SNOWMAN}" * 85):
        replace(tmp_path / name, b"long")
        assert (tmp_path / name).read_bytes() == b"long"
