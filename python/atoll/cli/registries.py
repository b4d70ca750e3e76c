"""What the commands of registries share: options, clients, and the display of a transfer."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from atoll.cache import cache_folders
from atoll.packages.oci.transfer import Nobody, Watcher
from atoll.registry.client import Client
from atoll.registry.config import Config
from atoll.registry.reference import Reference
from atoll.registry.store import Store


def client_of(reference: Reference, *, insecure: bool) -> Client:
    """A client of the reference's registry, as it is configured."""
    return Config.load().client(reference.registry, plain_http=insecure)


def store_of(cache_dir: str | None) -> Store:
    """Where pulled things are kept."""
    return Store(cache_folders(cache_dir).root)


@contextmanager
def watching(what: str) -> Iterator[Watcher]:
    """A bar on standard error where someone watches a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield Nobody()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bar(progress, progress.add_task(what, total=0))


class _Bar:
    """A bar of a terminal. Threads may share it: rich has a lock."""

    def __init__(self, progress: Any, task: Any) -> None:
        self._progress = progress
        self._task = task
        self._total = 0

    def expect(self, size: int) -> None:
        """Make the bar longer."""
        self._total += size
        self._progress.update(self._task, total=self._total)

    def arrived(self, size: int) -> None:
        """Fill the bar."""
        self._progress.advance(self._task, size)


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size:,} bytes"


def answer(text: str, record: dict[str, Any], *, as_json: bool) -> None:
    """Say what was done, to people or to machines."""
    import json

    click.echo(json.dumps(record) if as_json else text)
