"""What compiling a guest may take: options of every command that compiles."""

from collections.abc import Callable
from typing import Any

import click

from atoll.cli.values import SIZE, TIME

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
