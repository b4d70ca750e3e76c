"""`atoll toolchain`: what builds components, in one private place that all projects share."""

import json
from dataclasses import asdict

import click

from atoll.cli.nearest import with_manifest


@click.group("toolchain")
def command() -> None:
    """Install what builds components.

    Toolchains are pinned, and lie in one private place that all projects share.

    The place is $ATOLL_TOOLCHAINS, by default atoll/toolchains of the user's data folder. `atoll build` finds what is
    in it by itself.

    \b
    atoll toolchain install python   # what builds Python
    atoll toolchain list             # what is there
    """


@command.command("install")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Install all of them.")
@with_manifest("Whose build commands say what is needed, where no NAME does. By default the nearest spin.toml above.")
def install(names: tuple[str, ...], is_all: bool, source: str | None) -> None:
    """Install toolchains, as far as they are not there.

    A NAME is python, javascript (js), go, c (zig), assemblyscript or rust. Without one, those are installed that the
    app's build commands need.

    \b
    atoll toolchain install          # what this app needs
    atoll toolchain install c js     # these two
    """
    from atoll.cli.installing import showing
    from atoll.toolchain.installing import install as install_
    from atoll.toolchain.known import TOOLCHAINS

    if is_all and names:
        raise click.UsageError("`--all` leaves no NAME to choose")
    with showing() as tell:
        install_(TOOLCHAINS if is_all else names or _needed(source), tell)


def _needed(source: str | None) -> list[str]:
    """The toolchains whose programs the app's build commands begin."""
    from atoll.app import App
    from atoll.build import steps
    from atoll.errors import UserError
    from atoll.toolchain import programs, providing

    app = App.load(source)
    found = [program for step in steps(app) for command in step.commands for program in programs(command)]
    needed = [name for name in map(providing, dict.fromkeys(found)) if name is not None]
    if not needed:
        raise UserError(
            "toolchain-unneeded",
            f"no build command of {app.name} begins with a program that a toolchain brings",
            "name the toolchains that you want, as in `atoll toolchain install python`",
        )
    return needed


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_(as_json: bool) -> None:
    """List what is there, and what would be installed.

    Each toolchain has the parts that it is made of below it, with their sizes.

    \b
    atoll toolchain list
    atoll toolchain list --json
    """
    from atoll.cli.installing import lines
    from atoll.toolchain.listing import listed

    found = listed()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
    else:
        click.echo("\n".join(line for one in found for line in lines(one)))


@command.command("remove")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
def remove(names: tuple[str, ...]) -> None:
    """Remove toolchains.

    With them goes all that no other one needs. What is the machine's own stays.

    \b
    atoll toolchain remove go
    """
    from atoll.toolchain.installing import uninstall

    removed = uninstall(names)
    click.echo(f"removed {', '.join(removed)}" if removed else "nothing of that is installed", err=True)


@command.command("path")
def path() -> None:
    """Print the folder of the commands, for your PATH.

    \b
    export PATH="$(atoll toolchain path):$PATH"
    """
    from atoll.toolchain import bin_folder

    click.echo(bin_folder())
