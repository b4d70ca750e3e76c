"""Whoever reads the pages for the tests sees all of them, and is not content with what is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import Block, blocks
from tests.docs.pages import pages
from tests.docs.python import Reader
from tests.docs.terminal import Command, Terminal, commands
from tests.support import ROOT


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def python(text: str) -> Block:
    return Block("page.md", 7, "python", text)


def test_every_guide_with_python_is_followed() -> None:
    guides = (ROOT / "docs/guides").glob("*.md")
    with_python = {f"docs/guides/{guide.name}" for guide in guides if "```python" in guide.read_text("utf-8")}
    # Its blocks are tests, which pytest runs in tests/testing/test_guide.py.
    assert with_python - {"docs/guides/testing.md"} <= set(pages())


def test_every_fence_of_a_page_is_a_block() -> None:
    for page in pages():
        fences = [line for line in (ROOT / page).read_text("utf-8").splitlines() if line.lstrip().startswith("```")]
        assert len(fences) == 2 * len(blocks(page))


@pytest.mark.parametrize("wrong", ["1 + 1  # 3", "if True:\n    'a'  # 'b'", "[1][0]  # 'one'"])
def test_a_value_that_is_not_what_the_page_says_fails(reader: Reader, wrong: str) -> None:
    with pytest.raises(AssertionError):
        reader.run(python(wrong))


@pytest.mark.parametrize("words", ["1 + 1  # a sum", "# 3", "x = 1  # 2", "import sys  # sys"])
def test_words_are_no_values(reader: Reader, words: str) -> None:
    reader.run(python(words))
    assert reader.compared == 0


def test_values_are_compared_where_they_are_awaited(reader: Reader) -> None:
    reader.run(python("import asyncio\n\nawait asyncio.sleep(0, 'a')  # 'a'\n"))
    assert reader.compared == 1


def test_a_traceback_has_the_lines_of_the_page(reader: Reader) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        reader.run(python("a = 1\na / 0\n"))
    last = raised.traceback[-1]
    assert (str(last.path), last.lineno + 1) == ("page.md", 8)


def test_commands_and_what_they_print_are_told_apart() -> None:
    block = Block("page.md", 1, "console", "$ echo a  # says a\na\n$ true\n")
    assert [*commands(block)] == [Command("echo a  # says a", "a\n"), Command("true", "")]


@pytest.mark.parametrize("printed", ["a\nb\n", "…\nb\n", "a…\n"])
def test_an_ellipsis_stands_for_what_is_left_out(tmp_path: Path, printed: str) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.type(Command("printf 'a\\nb\\n'", printed))


@pytest.mark.parametrize("command", [Command("echo a", "b"), Command("exit 3", ""), Command("make nothing", "")])
def test_a_command_that_does_something_else_fails(tmp_path: Path, command: Command) -> None:
    with Terminal(tmp_path) as terminal, pytest.raises(AssertionError):
        terminal.type(command)
