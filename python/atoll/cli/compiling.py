"""What compiling a guest may take, and what was compiled before: options of the commands that run guests."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atoll.cli.values import SIZE, TIME

if TYPE_CHECKING:
    from atoll.host.settings import Settings

COMPILING: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--compile-timeout",
        type=TIME,
        default="2m",
        show_default=True,
        envvar="ATOLL_COMPILE_TIMEOUT",
        show_envvar=True,
        help="How long compiling a guest may take.",
    ),
    click.option(
        "--compile-memory",
        type=SIZE,
        default="2GiB",
        show_default=True,
        envvar="ATOLL_COMPILE_MEMORY",
        show_envvar=True,
        help="Memory that compiling a guest may take.",
    ),
)

COMPILED: tuple[Callable[[Any], Any], ...] = (
    click.option("--compiled", metavar="DIR", help="Take machine code from here, as `atoll compile` has written it."),
    click.option(
        "--compiled-key",
        "compiled_keys",
        metavar="FILE",
        multiple=True,
        help="A public key whose signature --compiled may have; may be repeated.",
    ),
    click.option("--never-compile", is_flag=True, help="Run only what was compiled before: other guests are refused."),
)


def take(compiled: str | None, keys: Iterable[str], settings: "Settings") -> None:
    """Take what --compiled names, if it is given. Raises UserError: `key-invalid`, `compiled-invalid`, `code-unfit`."""
    if compiled is not None:
        from atoll.packages.ahead.compiling import adopted  # it needs modules that start slowly

        adopted(Path(compiled), [Path(key) for key in keys], settings)
