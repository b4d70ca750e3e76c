"""What a reader of a page does: runs its Python, writes its files, types its commands, as they stand."""

import importlib
import os
import shlex
from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path

import click

from atoll.cli import up
from tests.docs import toml
from tests.docs.blocks import Block, blocks
from tests.docs.python import Reader
from tests.docs.terminal import Terminal, commands
from tests.support import ROOT

# Blocks that are tests themselves: tests/testing/test_guide.py runs them.
TESTS = "docs/guides/testing.md"

SOURCES = (
    "c",
    "css",
    "go",
    "haproxy",
    "html",
    "ini",
    "javascript",
    "json",
    "python",
    "rust",
    "toml",
    "typescript",
    "wit",
    "yaml",
    "zig",
)
"""Languages of files, which have a title."""


def pages() -> list[str]:
    """All that are written by hand."""
    found = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*/README.md")]
    named = sorted(page.relative_to(ROOT).as_posix() for page in found)
    return ["README.md", *(page for page in named if not page.startswith("docs/reference/") and page != TESTS)]


def rooms() -> list[str]:
    """Pages whose blocks are read only: what they need is a server of the reader's own."""
    found = (ROOT / "python/atoll/capabilities").glob("*/README.md")
    return sorted(page.relative_to(ROOT).as_posix() for page in found)


def follow(page: str, folder: Path) -> None:
    """Do what a page says."""
    with Reader() as reader, Terminal(folder) as terminal:
        for block in blocks(page):
            reader.prepare(block)
            do(block, reader, terminal)


def do(block: Block, reader: Reader, terminal: Terminal) -> None:
    """One block of it."""
    if block.language == "toml":
        toml.check(block, terminal.folder)
    match block.language:
        case "console":
            *others, last = commands(block)
            for command in others:
                terminal.type(command)
            terminal.type(last, fails=block.fails)
            os.chdir(terminal.folder)
        case "text":
            terminal.hear(block.text)
        case "diff":
            terminal.settle()
            block.change(terminal.folder)
        case language if block.file is not None:
            assert language in SOURCES, f"{block.place}: nobody knows `{language}`"
            if language == "ini":
                check_unit(block.text)
            replace(block, text=terminal.ports.real(block.text)).write(terminal.folder)
            if block.imported:
                load(Path(block.file))
        case "python":
            reader.run(block)
        case language:
            assert language == "toml", f"{block.place}: nobody runs `{language}`, and it is no file"


def load(module: Path) -> None:
    """Import a module that was just written."""
    importlib.invalidate_caches()
    importlib.import_module(".".join(part for part in module.with_suffix("").parts if part != "__init__"))


def check_unit(text: str) -> None:
    """What systemd is told to start can be started so: every option is one of `atoll up`."""
    unit = ConfigParser(interpolation=None)
    unit.read_string(text)
    if "Service" in unit:
        program, verb, *options = shlex.split(unit["Service"]["ExecStart"])
        assert (Path(program).name, verb) == ("atoll", "up")
        up.command.make_parser(click.Context(up.command)).parse_args(options)
