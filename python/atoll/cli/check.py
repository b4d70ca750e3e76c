"""`atoll check`: what is wrong with a manifest, without serving it."""

import json
import tempfile
from pathlib import Path
from typing import Any

import click


@click.command("check")
@click.argument("source", metavar="[FROM]", required=False)
@click.option("--profile", help="Check the manifest with this build profile.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, also of what is wrong.")
@click.pass_context
def command(context: click.Context, source: str | None, profile: str | None, as_json: bool) -> None:
    """Check a manifest, its components' files and mounts, without serving anything.

    FROM is a spin.toml, a serverless.yml, a folder that holds one, or a .wasm file; by default the nearest manifest
    above. All problems are shown at once, each with its place.

    \b
    atoll check
    atoll check shop/spin.toml --profile release
    """
    from atoll.errors import AtollError, Problems

    try:
        name, locked = _locked(source, profile)
    except AtollError as error:
        if not as_json:
            raise
        problems = error.problems if isinstance(error, Problems) else (error,)
        click.echo(json.dumps({"problems": [problem.to_dict() for problem in problems]}, indent=2))
        context.exit(error.exit_code)
    if as_json:
        components = [one["id"] for one in locked["components"]]
        triggers = [{"id": one["id"], "type": one["trigger_type"]} for one in locked["triggers"]]
        found = {"name": name, "components": components, "triggers": triggers, "problems": []}
        click.echo(json.dumps(found, indent=2))
    else:
        counts = (_count(len(locked[kind]), kind[:-1]) for kind in ("components", "triggers"))
        click.echo(f"{name}: {', '.join(counts)}, no problems")


def _locked(source: str | None, profile: str | None) -> tuple[str, dict[str, Any]]:
    """The app's name, and the app as it is. Whether it can be composed is found out, too."""
    from atoll.app import App
    from atoll.cli.ignored import tell_ignored
    from atoll.host.composing import composed
    from atoll.host.functions.arranging import arranged
    from atoll.lock import LockSettings

    app = App.load(source, profile=profile)
    with tempfile.TemporaryDirectory(prefix="atoll-") as folder:
        settings = LockSettings(working_directory=Path(folder))
        locked = app.lock(settings)
        composed(arranged(locked, Path(folder), app.locate), settings.compositions, app.locate)
    tell_ignored(app)
    return app.name, locked


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
