"""`--profile-to`: what the processes of a run gathered, written where somebody looks at it."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from atoll.cli.job import UpOptions


@contextmanager
def profiling(options: "UpOptions") -> "Iterator[UpOptions]":
    """The options of a run whose profile is written when the block ends.

    Raises UserError for a folder that cannot be made.
    """
    if options.profile_to is None:
        yield options
        return
    folder = writable(options.profile_to)
    with tempfile.TemporaryDirectory(prefix="atoll-profile-") as parts:
        yield replace(options, profile_parts=parts)
        write((part.read_bytes() for part in sorted(Path(parts).glob("*.json"))), folder)


def writable(name: str) -> Path:
    """The folder, made if need be. Raises UserError where that cannot be."""
    from atoll.errors import UserError

    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"the profile cannot be written to `{name}`: {error.strerror}"
        raise UserError("argument-invalid", why, "name a folder that can be written to") from None
    return folder


def write(documents: Iterable[str | bytes], folder: Path) -> None:
    """Write all files of a profile, and show what it comes to."""
    from rich.console import Console

    from atoll.cli.profiled import show
    from atoll.observe.profile import Profile

    profile = Profile()
    for document in documents:
        profile.add(document)
    if profile.is_empty:
        click.echo("atoll: the profile is empty: no guest ran for long enough to be seen", err=True)
        return
    show(profile.summary(), Console(stderr=True, highlight=False))
    for file in profile.save(folder):
        click.echo(f"atoll: wrote {file}", err=True)
