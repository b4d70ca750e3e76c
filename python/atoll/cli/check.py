"""`atoll check`: what is wrong with a manifest, without serving it."""

import tempfile
from pathlib import Path

import click


@click.command("check")
@click.argument("source", metavar="[FROM]", required=False)
@click.option("--profile", help="Check the manifest with this build profile.")
def command(source: str | None, profile: str | None) -> None:
    """Check a manifest, its components' files and mounts, without serving anything.

    FROM is a spin.toml, a folder that holds one, or a .wasm file; by default the nearest manifest above. All problems
    are shown at once, each with its place.
    """
    from atoll.app import App
    from atoll.lock import LockSettings

    app = App.load(source, profile=profile)
    with tempfile.TemporaryDirectory(prefix="atoll-") as folder:
        locked = app.lock(LockSettings(working_directory=Path(folder)))
    counts = (_count(len(locked[kind]), kind[:-1]) for kind in ("components", "triggers"))
    click.echo(f"{app.name}: {', '.join(counts)}, no problems")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
