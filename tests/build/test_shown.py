"""How a build is shown on a terminal: a line that moves while something runs, and nothing of it afterwards."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.build.apps import written


def on_terminal(*arguments: str) -> tuple[str, int]:
    """What a terminal is sent, and the exit code."""
    terminal, program = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "atoll", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=program,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(program)
    sent = b""
    while True:
        try:
            more = os.read(terminal, 65_536)
        except OSError:  # as Linux says that nobody is left to write
            break
        if not more:
            break
        sent += more
    os.close(terminal)
    return sent.decode(), running.wait()


@pytest.mark.slow
def test_while_several_run_the_last_line_says_which(tmp_path: Path) -> None:
    keys = 'source = "{0}.wasm"\nbuild.command = "sleep 0.5; echo words of {0}; cp empty.wat {0}.wasm"\n'
    written(tmp_path, {name: keys.format(name) for name in ("one", "two")})
    sent, code = on_terminal("build", "-f", str(tmp_path))
    assert code == 0
    assert re.search(r"\x1b\[2K[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] (one, two|two, one)  \d s", sent)
    # What stays on the screen.
    left = re.sub(r"\x1b\[\d*m", "", re.sub(r"[^\n]*\r\x1b\[2K", "", sent)).replace("\r", "")
    assert sorted(left.split("\n")) == sorted(
        ["", "words of one", "words of two", "   built one  0.5 s, 9 B", "   built two  0.5 s, 9 B"]
    )


@pytest.mark.slow
def test_a_single_one_has_the_terminal(tmp_path: Path) -> None:
    """A compiler may draw there as it likes."""
    written(
        tmp_path, {"one": 'source = "one.wasm"\nbuild.command = "test -t 1 && test -t 2 && cp empty.wat one.wasm"\n'}
    )
    sent, code = on_terminal("build", "-f", str(tmp_path))
    assert code == 0
    assert "\x1b[2K" not in sent
