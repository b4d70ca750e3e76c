"""What `atoll new` and `atoll add` say at the end: what was made, and which commands come next."""

import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atoll.errors import visible

if TYPE_CHECKING:
    from atoll.templates.making import Made


def following_steps(made: "Made", target: Path) -> Iterator[str]:
    """The commands to go on with, from the folder where one is."""
    if target != Path():
        yield f"cd {shlex.quote(str(target))}"
    yield from _toolchains(_commands(made))
    if made.following is not None:
        yield from made.following.strip().splitlines()
        return
    yield "atoll build --up"
    if made.route is not None:
        yield f"curl http://127.0.0.1:3000{made.route.removesuffix('...')}"


def show(headline: str, made: "Made", steps: Iterator[str]) -> None:
    """Say what was made and what to do next."""
    click.echo(headline)
    for file in made.files:
        click.echo(f"  {visible(os.path.relpath(file))}")
    click.echo("\nNext:")
    for step in steps:
        click.echo(f"  {visible(step)}")


def _toolchains(commands: Iterable[str]) -> Iterator[str]:
    """What brings the programs of these build commands that are not there."""
    from atoll import toolchain
    from atoll.toolchain.known import TOOLCHAINS

    wanted: list[str] = []
    for program in dict.fromkeys(program for command in commands for program in toolchain.programs(command)):
        name = toolchain.providing(program) if toolchain.missing(program) else None
        # Several bring some of the programs.
        if name is not None and not any(program in TOOLCHAINS[one].programs for one in wanted):
            wanted.append(name)
    if wanted:
        yield f"atoll toolchain install {' '.join(wanted)}"


def _commands(made: "Made") -> Iterator[str]:
    from atoll.manifest.toml import Toml
    from atoll.templates.adding import check

    if made.manifest is None:
        return
    manifest = check(Toml.from_file(made.manifest)).manifest
    for component in manifest.component.values():
        command = component.build.command if component.build is not None else []
        yield from [command] if isinstance(command, str) else command
