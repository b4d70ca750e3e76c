"""A native debugger stops in the source of a guest while its request is run again."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.replay.recorded import get, recorded
from tests.support import ROOT, built, needs

pytestmark = pytest.mark.slow


def test_a_debugger_stops_at_a_line_of_the_guest(tmp_path: Path) -> None:
    needs("gdb")
    source = (ROOT / "guests" / "c-faults" / "http.c").read_text().splitlines()
    line = next(number for number, text in enumerate(source, 1) if "fails here" in text)
    [recording] = recorded(built("c-faults"), tmp_path, get("/"))
    asked = ["set breakpoint pending on", f"break http.c:{line}", "run", "backtrace 2"]
    debugger = ["gdb", "-nx", "-batch", *(word for command in asked for word in ("-ex", command))]
    replayed = [sys.executable, "-P", "-m", "atoll", "replay", str(recording), "--debug-info"]
    ended = subprocess.run([*debugger, "--args", *replayed], capture_output=True, text=True, timeout=300, check=False)
    assert re.search(rf"Breakpoint 1, (0x\w+ in )?share \(.*http\.c:{line}\n", ended.stdout, re.DOTALL), ended.stdout
    assert re.search(r"#1 .* in handle \(", ended.stdout), ended.stdout
