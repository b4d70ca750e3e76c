"""`atoll watch`: serve an app while it is written."""

from typing import Any

import click

from atoll.cli.failure import Failures
from atoll.cli.up import APP, OPTIONS, options, serve


@click.command("watch")
@options(APP, *OPTIONS)
@click.option("--clear", is_flag=True, help="Clear the terminal before each build.")
@click.option("--skip-build", is_flag=True, help="Build nothing: reload when the wasm files change.")
@click.option(
    "--live-reload/--no-live-reload",
    default=True,
    show_default=True,
    help="Pages in the browser load anew after each change, and show why a build failed.",
)
@click.pass_obj
def command(failures: Failures, /, *, skip_build: bool, **given: Any) -> None:
    """Build and serve an app, and whenever its sources change, build what has changed and exchange it.

    What its components' `build.watch` names is watched, and the manifest, static files and runtime config. Requests go
    to the old app until the new one is ready; while the new one cannot be built or loaded, the old one is served on.

    \b
    atoll watch
    atoll watch -f examples/hello-rust --clear
    """
    from atoll.cli.job import UpOptions

    serve(failures, UpOptions(**given, reload=True, watch=not skip_build, development=True))
