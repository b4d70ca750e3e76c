"""WASI modules that write the head of a response first."""

import subprocess
import sys
from pathlib import Path

import pytest

from atoll.host.functions.prefixed import HEAD, is_core, prefixed
from tests.support import built


@pytest.mark.parametrize("guest", ["c-cli-p1", "go-cli-p1", "rust-cli-p1"])
def test_a_command_writes_the_head_and_goes_on(guest: str, tmp_path: Path) -> None:
    made = prefixed(built(guest).read_bytes())
    assert made is not None
    file = tmp_path / "made.wasm"
    file.write_bytes(made)
    command = [sys.executable, "-P", "-m", "atoll", "run", str(file), "--", "stdin"]
    ended = subprocess.run(command, input=b"abc", capture_output=True, check=True)
    assert ended.stdout == HEAD + b"abc"


@pytest.mark.parametrize("guest", ["core-module", "c-reactor-p1", "c-http"])
def test_what_is_no_command_is_left_alone(guest: str) -> None:
    wasm = built(guest).read_bytes()
    assert is_core(wasm) == (guest != "c-http")
    assert prefixed(wasm) is None


def test_a_module_that_is_cut_off_is_left_alone() -> None:
    wasm = built("c-cli-p1").read_bytes()
    made = [prefixed(wasm[:end]) for end in range(0, len(wasm), 997)]
    assert made.count(None) == len(made)
