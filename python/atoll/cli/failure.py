"""How errors are shown: for people with a caret and a hint, for programs as one JSON object."""

import json

import click

from atoll.errors import AtollError, Problems, UserError, render
from atoll.errors.meant import meant


class Failures:
    """Prints errors on standard error, in the form that the user chose."""

    def __init__(self) -> None:
        self.as_json = False

    def choose(self, as_json: bool) -> None:
        """JSON, or text for people."""
        self.as_json = as_json

    def show(self, error: AtollError) -> int:
        """Print the error; its exit code."""
        click.echo(self._json(error) if self.as_json else _text(error), err=True)
        return error.exit_code

    def usage(self, error: click.ClickException) -> int:
        """Print a mistake in the arguments; the exit code of the user's errors, not click's own."""
        context = error.ctx if isinstance(error, click.UsageError) else None
        hint = f"see `{context.command_path} --help`" if context else None
        message = error.message if isinstance(error, click.NoSuchOption) else error.format_message()
        if isinstance(error, click.NoSuchOption) and context is not None:
            hint = meant(error.option_name, _options(context), hint)
        return self.show(UserError("argument-invalid", message[:1].lower() + message[1:].rstrip("."), hint))

    def _json(self, error: AtollError) -> str:
        problems = error.problems if isinstance(error, Problems) else (error,)
        return json.dumps({"problems": [problem.to_dict() for problem in problems]})


def _options(context: click.Context) -> list[str]:
    return [name for parameter in context.command.get_params(context) for name in parameter.opts if name[:2] == "--"]


def _text(error: AtollError) -> str:
    return "\n".join(map(coloured, render(error).split("\n")))


def coloured(line: str) -> str:
    """A line of an error, with its first word in colour."""
    if line.startswith("error: "):
        return click.style("error:", fg="red", bold=True) + line.removeprefix("error:")
    if line.startswith("hint: "):
        return click.style("hint:", fg="cyan") + line.removeprefix("hint:")
    return line
