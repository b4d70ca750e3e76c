"""What the README and the guides show can be done: their blocks run, in the order in which they stand."""

import importlib
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.readme.blocks import Block, blocks
from tests.readme.commands import commands
from tests.readme.python import Reader

# How many blocks of each language a page has, none of which is left out, and how many values it tells.
PAGES = {
    "README.md": ({"toml": 2, "console": 4, "python": 7}, 7),
    "docs/guides/components.md": ({"python": 5}, 9),
    "docs/guides/typed.md": ({"console": 1, "python": 4, "toml": 1}, 3),
    "docs/guides/plugins.md": ({"python": 6, "toml": 2, "": 1}, 2),
    "docs/guides/extism.md": ({"python": 1}, 2),
    "docs/guides/asgi.md": ({"python": 3}, 0),
}


def follow(page: str, folder: Path) -> tuple[Counter[str], int]:
    """Do what a page says; how many blocks of each language that were, and how many values it tells."""
    done: Counter[str] = Counter()
    with Reader() as reader:
        for block in blocks(page):
            reader.prepare(block)
            do(block, reader, folder)
            done[block.language] += 1
    return done, reader.compared


def do(block: Block, reader: Reader, folder: Path) -> None:
    """Run a block, write its file, type its commands; only what has no language is left alone."""
    match block.language:
        case "python" if block.file is not None:
            file = block.write(folder)
            importlib.invalidate_caches()
            module = file.relative_to(folder).with_suffix("")
            importlib.import_module(".".join(part for part in module.parts if part != "__init__"))
        case "python":
            reader.run(block)
        case "console":
            for command in commands(block):
                command.run(folder)
        case "toml":
            tomllib.loads(block.text)
            if block.file is not None:
                block.write(folder)
        case other:
            assert other == "", f"{block.place}: nobody runs `{other}`"


@pytest.mark.slow
@pytest.mark.parametrize(("page", "expected"), PAGES.items(), ids=PAGES)
def test_a_page_does_what_it_says(page: str, expected: tuple[dict[str, int], int], folder: Path) -> None:
    assert follow(page, folder) == expected
