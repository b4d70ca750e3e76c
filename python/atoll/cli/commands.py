"""The commands by name. A command's module is imported when it is called, so that `atoll --version` stays quick."""

import importlib

import click

COMMANDS = (
    "build",
    "up",
    "watch",
    "run",
    "call",
    "check",
    "inspect",
    "bind",
    "caps",
    "explain",
    "upgrade",
    "schema",
    "completion",
)


class Commands(click.Group):
    """A group whose commands are modules of this package, each with a `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of the command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"atoll.cli.{cmd_name}").command
        return command
