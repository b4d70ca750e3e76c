"""What README and docs show can be done: their blocks run, in the order in which they stand."""

import ast
from pathlib import Path

import pytest

from tests.docs import toml
from tests.docs.blocks import blocks
from tests.docs.pages import follow, pages, rooms

EMPTY = [page for page in pages() if page.startswith("docs/start/")]
FURNISHED = [page for page in pages() if page not in EMPTY and blocks(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", EMPTY)
def test_a_tutorial_does_what_it_says(page: str, folder: Path) -> None:
    follow(page, folder)


@pytest.mark.slow
@pytest.mark.parametrize("page", FURNISHED)
def test_a_page_does_what_it_says(page: str, furnished: Path) -> None:
    follow(page, furnished)


@pytest.mark.parametrize("page", rooms())
def test_what_a_capability_is_told_can_be_told(page: str, furnished: Path) -> None:
    for block in blocks(page):
        if block.language == "toml":
            toml.check(block, furnished)
        elif block.language == "python":
            ast.parse(block.text)
        else:
            assert block.language == "", f"{block.place}: nobody reads `{block.language}`"
