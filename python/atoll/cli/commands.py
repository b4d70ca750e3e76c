"""The commands by name. A command's module is imported when it is called, so that `atoll --version` stays quick."""

import importlib
import os
from inspect import cleandoc

import click

from atoll.errors import UserError
from atoll.errors.meant import meant

COMMANDS = (
    "new",
    "add",
    "build",
    "up",
    "watch",
    "test",
    "run",
    "call",
    "check",
    "inspect",
    "compose",
    "compile",
    "sbom",
    "audit",
    "push",
    "pull",
    "copy",
    "tag",
    "list",
    "login",
    "logout",
    "key",
    "sign",
    "verify",
    "profile",
    "replay",
    "bind",
    "wit",
    "templates",
    "toolchain",
    "cache",
    "doctor",
    "caps",
    "explain",
    "upgrade",
    "schema",
    "completion",
    "man",
)

# What the completion scripts set.
_COMPLETING = "_ATOLL_COMPLETE"
# What click takes for a paragraph whose lines stay as they are; the last one of a docstring holds examples.
_AS_IT_IS = "\n\n\b\n"


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
        _put_examples_last(command)
        if _COMPLETING in os.environ:
            from atoll.cli.completing import attach

            attach(command, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does. Raises UserError for a command that there is not."""
        if not ctx.resilient_parsing and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise UserError(
                "argument-invalid",
                f"there is no command `{args[0]}`",
                meant(args[0], COMMANDS, "`atoll --help` lists all commands"),
            )
        return super().resolve_command(ctx, args)


def _put_examples_last(command: click.Command) -> None:
    """Examples stand below the options, where one looks for them first."""
    text, separator, examples = cleandoc(command.help or "").rpartition(_AS_IT_IS)
    if separator and command.epilog is None:
        command.help = text
        command.epilog = "\n  ".join(["\b\nExamples:", *examples.split("\n")])
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        _put_examples_last(each)
