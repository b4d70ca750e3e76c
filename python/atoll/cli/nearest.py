"""`-f`: the app of a command that needs its manifest."""

from collections.abc import Callable
from typing import Any

import click

_HELP = "A spin.toml, or a folder that holds one. By default the nearest spin.toml above."


def with_manifest(text: str = _HELP) -> Callable[[Any], Any]:
    """The option, as `source`; `text` is its help."""
    return click.option("-f", "--from", "--file", "source", metavar="PATH", help=text)
