"""Runs what a page shows of a terminal, and compares what is printed with what the page says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx

from atoll.testing import up
from tests.readme.blocks import Block
from tests.support import ROOT

_URL = re.compile(r"http://127\.0\.0\.1:\d+")


class Command(NamedTuple):
    """One command, and what it is said to print; `…` stands for any number of lines, or for a part of one."""

    line: str
    printed: str

    def run(self, folder: Path) -> None:
        """Run it in a folder. What goes on until it is stopped is asked, and stopped."""
        if self.line.startswith("make "):
            # It would run these tests.
            target = self.line.split()[1]
            assert re.search(rf"^{target}:.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        elif self.line.startswith("atoll up"):
            self._serve(folder)
        else:
            self._compare(self._output(folder))

    def _output(self, folder: Path) -> str:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        ended = subprocess.run(
            self.line,
            shell=True,
            cwd=folder,
            env={**os.environ, "PATH": path, "PYTHONSAFEPATH": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout
        return ended.stdout

    def _serve(self, folder: Path) -> None:
        with up(folder / "spin.toml", "--state-dir", str(folder / "state"), "--log-dir", "") as app:
            assert httpx.get(app.url, timeout=30).status_code == 200
            app.wait_for(r"(?m)^  \w+: http")
            shown = _URL.search(self.printed)
            assert shown is not None
            self._compare(_URL.sub(shown[0], app.stdout))

    def _compare(self, output: str) -> None:
        if self.printed:
            parts = (re.escape(part) for part in self.printed.rstrip("\n").split("…"))
            assert re.fullmatch("(?s:.*?)".join(parts), output.rstrip("\n")), output


def commands(block: Block) -> Iterator[Command]:
    """What stands behind each `$`, with what it prints."""
    first, *others = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not first.strip(), f"{block.place} does not begin with a command"
    for text in others:
        line, _, printed = text.partition("\n")
        yield Command(line.strip(), printed)
