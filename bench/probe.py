"""`python -m bench.probe`: what a sandbox costs by itself, without a server around it.

call FILE [--seconds N]    instance made, called and dropped: {"calls", "median_us", "p99_us"}
live FILE [--count N]      instances held at once: {"instances", "bytes_each", "pool"}
"""

import click

from atoll.cache import cache_folders
from atoll.host import probe
from atoll.host.settings import Engine

_CODE = str(cache_folders().code)


@click.group()
def main() -> None:
    """Measure in this process, and print one JSON object."""


@main.command()
@click.argument("file")
@click.option("--seconds", type=float, default=2.0, show_default=True)
def call(file: str, seconds: float) -> None:
    """Call an HTTP handler of WASI 0.2, or a command, again and again."""
    click.echo(probe.calls(file, seconds, Engine(cache_dir=_CODE)))


@main.command()
@click.argument("file")
@click.option("--count", type=int, default=10_000, show_default=True)
def live(file: str, count: int) -> None:
    """Hold so many instances at once."""
    click.echo(probe.live(file, count, Engine(cache_dir=_CODE, max_instances=count + 1)))


if __name__ == "__main__":
    main()
