"""Completion in real shells on a real terminal: what TAB makes of half a line."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.cli import cli
from atoll.cli.commands import COMMANDS

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], ["PS1='ready> '", 'eval "$(atoll completion bash)"']),
    "zsh": (
        ["zsh", "-f", "-i"],
        [
            "PROMPT='ready> '",
            "unsetopt zle_bracketed_paste",
            "autoload -Uz compinit",
            "compinit -D",
            'eval "$(atoll completion zsh)"',
        ],
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        [
            "function fish_prompt; echo -n 'ready> '; end",
            "set -g fish_autosuggestion_enabled 0",
            "atoll completion fish | source",
        ],
    ),
}
MANIFEST = """spin_manifest_version = 2
application.name = "t"
[[trigger.http]]
route = "/"
component = "storefront"
[component.storefront]
source = "storefront.wasm"
description = "Shows what is sold."
profile.release = { environment = {} }
[component.warehouse]
source = "warehouse.wasm"
"""
ESCAPES = re.compile(
    r"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78]|P[^\x1b]*\x1b\\)"
)


class Terminal:
    """A shell that somebody types into."""

    def __init__(self, folder: Path, shell: str) -> None:
        command, start = SHELLS[shell]
        if shutil.which(command[0]) is None:
            pytest.skip(f"{shell} is not installed")
        programs = folder / "programs"
        programs.mkdir()
        program = programs / "atoll"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m atoll "$@"\n')
        program.chmod(0o755)
        self._screen, inside = pty.openpty()
        # Large enough for all commands: what does not fit is shown page by page.
        termios.tcsetwinsize(inside, (60, 120))
        self._running = subprocess.Popen(
            command,
            cwd=folder,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            # As a terminal's own shell.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
            env={
                "HOME": str(folder),
                "PATH": f"{programs}:{os.environ['PATH']}",
                "TERM": "xterm",
                "LANG": "C.UTF-8",
            },
        )
        os.close(inside)
        self._unread = ""
        for line in start:
            self.type(f"{line}\n")
        self.type("echo be''gin\n")
        self.until("begin")
        self.until("ready> ")

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def until(self, *wanted: str, seconds: float = 60) -> str:
        """What is shown up to that, or up to the last of all that; the rest is for later."""
        end = time.monotonic() + seconds
        while not all(one in self._unread for one in wanted):
            left = end - time.monotonic()
            assert left > 0, f"{wanted!r} is not in {self._unread!r}"
            if select.select([self._screen], [], [], left)[0]:
                more = os.read(self._screen, 65_536).decode("utf-8", "replace")
                self._unread = ESCAPES.sub("", self._unread + more).replace("\r", "").replace("\n", "")
                # As a terminal does: the cursor goes back, and what follows stands in place.
                while (without := re.sub(r"[^\x08]\x08", "", self._unread)) != self._unread:
                    self._unread = without
        last = max(self._unread.index(one) + len(one) for one in wanted)
        shown, self._unread = self._unread[:last], self._unread[last:]
        return shown

    def close(self) -> None:
        os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait()
        os.close(self._screen)


@pytest.fixture(params=[*SHELLS])
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "spin.toml").write_text(MANIFEST)
    (tmp_path / "guest-of-ours.wasm").touch()
    made = Terminal(tmp_path, request.param)
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("atoll expl", "atoll explain "),
        ("atoll explain guest-no-h", "atoll explain guest-no-handler "),
        ("atoll up --runtime-c", "atoll up --runtime-config-file "),
        ("atoll build -c store", "atoll build -c storefront "),
        ("atoll up --follow ware", "atoll up --follow warehouse "),
        ("atoll build --profile rel", "atoll build --profile release "),
        ("atoll toolchain install assem", "atoll toolchain install assemblyscript "),
        ("atoll new http-rus", "atoll new http-rust "),
        ("atoll inspect guest-of", "atoll inspect guest-of-ours.wasm "),
        ("atoll up --format js", "atoll up --format json "),
    ],
)
def test_a_tab_completes_what_there_is_one_of(terminal: Terminal, typed: str, whole: str) -> None:
    terminal.type(f"{typed}\t#end")
    shown = terminal.until("#end")
    assert f"{whole}#end" in shown


@pytest.mark.slow
def test_two_tabs_show_all_commands(terminal: Terminal) -> None:
    terminal.type("atoll \t\t")
    terminal.until("build", "doctor", "toolchain")


def offered(folder: Path, *words: str) -> list[tuple[str, str]]:
    """Kind and value of what zsh is told."""
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "atoll"],
        cwd=folder,
        env={
            **os.environ,
            "_ATOLL_COMPLETE": "fish_complete",
            "COMP_WORDS": "atoll " + " ".join(words[:-1]),
            "COMP_CWORD": words[-1],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    return [(kind, value) for kind, _, value in (line.partition(",") for line in ended.stdout.splitlines() if line)]


def test_a_value_comes_with_a_word_about_it(tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(MANIFEST)
    assert offered(tmp_path, "up", "-c", "st") == [("plain", "storefront\tShows what is sold.")]


def test_the_manifest_is_the_one_that_the_line_names(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(MANIFEST.replace("warehouse", "cellar"))
    found = offered(tmp_path, "build", "-f", "other.toml", "-c", "ce")
    assert [value.split("\t")[0] for _, value in found] == ["cellar"]


def test_what_cannot_be_read_offers_nothing(tmp_path: Path) -> None:
    assert offered(tmp_path, "up", "-c", "s") == []
    (tmp_path / "spin.toml").write_text("[broken")
    assert offered(tmp_path, "up", "-c", "s") == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("inspect", "x"), "file"),
        (("up", "--tls-cert", "x"), "file"),
        (("up", "-f", "x"), "file"),
        (("run", "--dir", "x"), "dir"),
        (("bind", "a.wasm", "-o", "x"), "dir"),
        (("up", "--state-dir", "x"), "dir"),
    ],
)
def test_files_and_folders_are_the_shells_to_find(tmp_path: Path, words: tuple[str, ...], kind: str) -> None:
    assert offered(tmp_path, *words) == [(kind, "x")]


def test_the_name_of_what_is_made_is_nobodys_to_know(tmp_path: Path) -> None:
    assert offered(tmp_path, "new", "http-rust", "x") == []


def test_the_commands_are_those_of_the_command_line() -> None:
    assert [*COMMANDS] == cli.list_commands(None)  # type: ignore[arg-type]
