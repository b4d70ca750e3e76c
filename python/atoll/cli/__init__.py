"""The command line: one file a command. The only place that prints.

Exit codes: 0 done, 1 the user can mend it, 2 the fault is atoll's or the machine's; `atoll run` ends with its guest's
own.
"""

import sys
from collections.abc import Sequence

import click

from atoll import __version__
from atoll.cli.commands import Commands
from atoll.cli.failure import Failures
from atoll.errors import AtollError


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="atoll", message="%(prog)s %(version)s")
@click.option(
    "--json",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _, value: context.ensure_object(Failures).choose(value),
    help="Print errors as JSON, one object on standard error.",
)
def cli() -> None:
    """Server-side WebAssembly: serve apps of components, run commands, each call in its own sandbox."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    failures = Failures()
    try:
        code = cli.main(arguments, "atoll", standalone_mode=False, obj=failures)
    except click.ClickException as error:
        code = failures.usage(error)
    except click.Abort:
        code = 1
    except AtollError as error:
        code = failures.show(error)
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more can be said.
        sys.stdout = None
        code = 0
    sys.exit(code)
