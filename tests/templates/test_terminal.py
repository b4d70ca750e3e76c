"""`atoll new` and `add` on a terminal: what was not given is asked for, and what does not fit is asked for again."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.templates.written import APP, template

pytestmark = pytest.mark.slow
PATIENCE = 60


class Terminal:
    """A command on a terminal, and the person before it."""

    def __init__(self, folder: Path, arguments: tuple[str, ...]) -> None:
        self._end, program = pty.openpty()
        self._running = subprocess.Popen(
            [sys.executable, "-P", "-m", "atoll", *arguments],
            cwd=folder,
            stdin=program,
            stdout=program,
            stderr=program,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        )
        os.close(program)
        self.seen = ""

    def answer(self, question: str, line: str) -> str:
        """Wait for the question, and type the line; what was said before."""
        before = self._until(question)
        os.write(self._end, f"{line}\n".encode())
        return before

    def interrupt(self, question: str) -> None:
        """Wait for the question, and press Ctrl-D."""
        self._until(question)
        os.write(self._end, b"\x04")

    def ended(self) -> int:
        """Wait for the end; the exit code."""
        self._until(None)
        return self._running.wait(PATIENCE)

    def close(self) -> None:
        self._running.kill()
        self._running.wait()
        os.close(self._end)

    def _until(self, question: str | None) -> str:
        deadline = time.monotonic() + PATIENCE
        said = ""
        while question is None or not re.search(rf"{re.escape(question)}[^\n]*: ?$", said):
            ready, _, _ = select.select([self._end], [], [], deadline - time.monotonic())
            assert ready, f"nothing more came after {said!r}"
            try:
                more = os.read(self._end, 65_536)
            except OSError:  # as Linux says that nobody is left to write
                break
            said += re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", more.decode()).replace("\r", "")
        self.seen += said
        assert question is None or question in said, f"{question} was not asked: {said}"
        return said


@contextmanager
def on_terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    terminal = Terminal(folder, arguments)
    try:
        yield terminal
    finally:
        terminal.close()


def test_everything_is_asked_for(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "new", "--tag", "js") as terminal:
        listed = terminal.answer("Template (number or name)", "1")
        assert re.search(r"^ +1  http-js  HTTP handler in JavaScript$", listed, re.MULTILINE)
        terminal.answer("Name", "shop")
        terminal.answer("Description []", "My shop")
        terminal.answer("HTTP path [/...]", "")
        assert terminal.ended() == 0
        assert "Made `shop` from the template http-js:" in terminal.seen
    text = (tmp_path / "shop/spin.toml").read_text()
    assert 'description = "My shop"' in text
    assert 'route = "/..."' in text


def test_what_does_not_fit_is_asked_for_again(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "new", "--tag", "js") as terminal:
        terminal.answer("Template (number or name)", "17")
        terminal.answer("Template (number or name)", "http-js")
        terminal.answer("Name", "2fast")
        terminal.answer("Name", "two")
        terminal.answer("Description", "")
        terminal.answer("HTTP path", "no slash")
        terminal.answer("HTTP path", "/two")
        assert terminal.ended() == 0
        for complaint in ("a number from 1 to", "`2fast` cannot be a name", "`no slash` does not match the pattern"):
            assert complaint in terminal.seen
    assert 'route = "/two"' in (tmp_path / "two/spin.toml").read_text()


def test_what_was_given_is_not_asked_for(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "new", "http-js", "shop", "-v", "project-description=Mine") as terminal:
        terminal.answer("HTTP path", "/shop")
        assert terminal.ended() == 0
        assert "Description" not in terminal.seen


def test_defaults_can_be_accepted(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "new", "redirect", "away", "-a") as terminal:
        terminal.answer("Redirect to", "https://example.com")
        assert terminal.ended() == 0
        assert "Description" not in terminal.seen
    assert 'location = "https://example.com"' in (tmp_path / "away/spin.toml").read_text()


def test_allowed_values_are_offered(tmp_path: Path) -> None:
    rest = '[parameters]\nx = { type = "string", prompt = "Which", default = "b", allowed_values = ["a", "b"] }\n'
    one = template(tmp_path, rest, {"content/a": "{{x}}"})
    with on_terminal(tmp_path, "templates", "install", "--dir", str(one.folder)) as terminal:
        assert terminal.ended() == 0
    with on_terminal(tmp_path, "new", "small", "made") as terminal:
        terminal.answer("Which (a, b) [b]", "c")
        terminal.answer("Which (a, b) [b]", "a")
        assert terminal.ended() == 0
    assert (tmp_path / "made/a").read_text() == "a"


def test_an_added_component_is_offered_a_route_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(APP.replace("{{project-name | kebab_case}}", "shop"))
    with on_terminal(tmp_path, "add", "http-js", "api") as terminal:
        terminal.answer("Description", "")
        terminal.answer("HTTP path [/api/...]", "")
        assert terminal.ended() == 0


def test_who_leaves_gets_nothing_made(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "new", "http-js") as terminal:
        terminal.interrupt("Name")
        assert terminal.ended() == 1
    assert list(tmp_path.iterdir()) == []
