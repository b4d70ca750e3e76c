"""`atoll run`: a command has its streams, its exit code and what it was granted, and nothing else."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Atoll, Said
from tests.support import built

COMMANDS = ["c-cli-p1", "go-cli-p1", "c-cli-p2", "rust-cli-p1", "rust-cli-p2", "python-cli-p2", "python-cli-p3"]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_its_arguments_streams_and_exit_code(atoll: Atoll, name: str) -> None:
    file = str(built(name))
    assert "--flag" in atoll("run", file, "--", "args", "--flag", "x y").out.splitlines()
    assert atoll("run", file, "--", "stdin", stdin=b"some\ninput").out == "some\ninput"
    assert atoll("run", file, "--", "exit", "0") == Said(0, "", "")
    # A component of WASI 0.2 can only say whether it succeeded.
    assert atoll("run", file, "--", "exit", "7") == Said(1 if name.endswith("p2") else 7, "", "")


def test_a_component_that_imports_nothing_is_a_command_too(atoll: Atoll) -> None:
    assert atoll("run", str(built("wat-empty-run"))) == Said(0, "", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_granted_by_default(atoll: Atoll, tmp_path: Path, name: str) -> None:
    file = str(built(name))
    (tmp_path / "secret.txt").write_text("secret")
    assert atoll("run", file, "--", "env", env={"HOST_SECRET": "secret"}).out.strip() == ""
    for path in ("secret.txt", str(tmp_path / "secret.txt"), "/etc/passwd"):
        read = atoll("run", file, "--", "read", path)
        assert read.code != 0
        assert read.out == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_granted_environment_and_folder_are_there(atoll: Atoll, tmp_path: Path, name: str) -> None:
    file = str(built(name))
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.txt").write_text("content")
    assert atoll("run", file, "-e", "A=1", "--env", "B=2=3", "--", "env").out.split() == ["A=1", "B=2=3"]
    assert atoll("run", file, "--dir", f"{folder}::/data", "--", "read", "/data/a.txt").out == "content"
    assert atoll("run", file, "--dir", f"{folder}::/data", "--", "write", "/data/b.txt", "new").code == 0
    assert (folder / "b.txt").read_text() == "new"


def test_a_folder_without_another_name_keeps_its_own(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("content")
    assert atoll("run", str(built("c-cli-p1")), "--dir", "data", "--", "read", "data/a.txt").out == "content"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_granted_for_reading_cannot_be_written_or_left(atoll: Atoll, tmp_path: Path, name: str) -> None:
    file = str(built(name))
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.txt").write_text("content")
    (tmp_path / "outside.txt").write_text("outside")
    (folder / "link").symlink_to(tmp_path / "outside.txt")
    grant = ("--dir", f"{folder}::/data:ro")
    assert atoll("run", file, *grant, "--", "read", "/data/a.txt").out == "content"
    assert atoll("run", file, *grant, "--", "write", "/data/a.txt", "new").code != 0
    assert (folder / "a.txt").read_text() == "content"
    for path in ("/data/../outside.txt", "/data/link"):
        left = atoll("run", file, *grant, "--", "read", path)
        assert left.code != 0
        assert left.out == ""


@pytest.mark.parametrize("name", ["c-cli-p1", "c-cli-p2"])
def test_a_command_that_runs_too_long_is_ended_and_told_why(atoll: Atoll, name: str) -> None:
    file = str(built(name))
    slow = atoll("run", "--deadline", "200ms", file, "--", "burn")
    assert slow.code == 1
    assert "deadline of 200 ms" in slow.err
    busy = atoll("run", "--cpu-time", "200ms", file, "--", "burn")
    assert busy.code == 1
    assert "CPU time of 200 ms" in busy.err


@pytest.mark.parametrize("name", ["c-cli-p1", "c-cli-p2"])
def test_a_trap_is_told_with_its_stack(atoll: Atoll, name: str) -> None:
    ended = atoll("run", str(built(name)), "--", "trap")
    assert ended.code == 1
    assert "unreachable" in ended.err


@pytest.mark.parametrize("verb", ["burn", "stdin"])
def test_an_interrupt_ends_a_busy_and_a_waiting_command(verb: str) -> None:
    command = [sys.executable, "-P", "-m", "atoll", "run", str(built("c-cli-p1")), "--", verb]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as running:
        wait_until_it_runs_wasm(running.pid)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=10) in (-signal.SIGINT, 128 + signal.SIGINT)


def wait_until_it_runs_wasm(pid: int) -> None:
    """Wait for the data plane's library to be mapped and another thread to be there."""
    for _ in range(2000):
        maps = Path(f"/proc/{pid}/maps").read_text()
        if "_core" in maps and len(os.listdir(f"/proc/{pid}/task")) > 1:
            return
        threading.Event().wait(0.005)
    raise AssertionError("it never began")


def test_a_file_that_is_no_command_is_refused(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "broken.wasm").write_bytes(b"\0asm-not")
    assert (atoll("run", "missing.wasm").code, atoll("run", "broken.wasm").code) == (1, 1)
    assert "missing.wasm" in atoll("run", "missing.wasm").err
    refused = atoll("run", str(built("c-http")))
    assert refused.code == 1
    assert "command" in refused.err


@pytest.mark.parametrize("given", ["::", "::/x", "data::", ""])
def test_a_dir_that_names_no_folder_is_refused(atoll: Atoll, given: str) -> None:
    refused = atoll("run", "x.wasm", "--dir", given)
    assert refused.code == 1
    assert "names no folder" in refused.err
