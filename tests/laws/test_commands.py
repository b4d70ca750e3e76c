"""Every command has an example that can be typed, and those that print data print it for programs, too."""

import re
import shlex

import click
import pytest
from scripts.generate_reference import commands

from atoll.cli import cli

# What follows a command on a shell's line.
BEHIND = re.compile(r"\s+(?:#|\||>).*$")
# Where a command stands within a line of a shell.
WITHIN = re.compile(r"\$\((atoll [^)]*)\)")
# What prints no data of its own, and why.
WITHOUT_JSON = {
    "add": "makes files",
    "call": "prints what the guest gives",
    "completion": "prints a script",
    "man": "prints a page of roff",
    "new": "makes files",
    "run": "prints what the guest prints",
    "sbom": "prints JSON",
    "schema": "prints JSON",
    "templates install": "installs",
    "templates remove": "removes",
    "toolchain install": "installs",
    "toolchain path": "prints one path, for a shell",
    "toolchain remove": "removes",
    "up": "serves; `--format json` is for its address",
    "upgrade": "prints a manifest",
    "wit new": "makes a file",
    "watch": "serves; `--format json` is for its address",
}


ALL = dict(commands())


def examples(command: click.Command) -> list[str]:
    """The command lines below a help page's options."""
    title, *lines = (command.epilog or "\b\nExamples:").split("\n")[1:]
    assert title == "Examples:"
    return [found[1] if (found := WITHIN.search(line)) else BEHIND.sub("", line).strip() for line in lines]


def parsed(line: str) -> click.Context:
    """The line as atoll takes it. Raises click.UsageError where it does not."""
    program, *words = shlex.split(line)
    assert program == "atoll", line
    command: click.Command = cli
    context = click.Context(cli, info_name="atoll")
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    return command.make_context("atoll", words, parent=context)


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_an_example_that_can_be_typed(name: str) -> None:
    lines = examples(ALL[name])
    assert any(line.startswith(f"atoll {name}") for line in lines)
    for line in lines:
        parsed(line)


def test_the_law_finds_an_example_that_cannot() -> None:
    with pytest.raises(click.NoSuchOption):
        parsed("atoll up --lisen 127.0.0.1:3000")


@pytest.mark.parametrize("name", ALL)
def test_every_command_that_prints_data_prints_it_as_json(name: str) -> None:
    command = ALL[name]
    if isinstance(command, click.Group):
        return
    options = {option for parameter in command.params for option in parameter.opts}
    assert ("--json" in options) == (name not in WITHOUT_JSON)


def test_what_prints_no_json_is_a_command() -> None:
    assert WITHOUT_JSON.keys() - ALL.keys() == set()


@pytest.mark.parametrize("name", ALL)
def test_every_option_says_what_it_is_for(name: str) -> None:
    silent = [
        option.name
        for option in ALL[name].params
        if isinstance(option, click.Option) and not option.hidden and not (option.help or "").endswith((".", ")"))
    ]
    assert silent == []
