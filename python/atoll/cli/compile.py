"""`atoll compile`: an app's machine code, before it is needed."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from atoll.cli.compiling import COMPILING
from atoll.cli.sources import FROM_REGISTRY, Way, located


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    source: str | None
    profile: str | None
    output: str
    key: str
    target: str | None
    debug_info: bool
    disable_pooling: bool
    compile_timeout: int
    compile_memory: int
    as_json: bool


@click.command("compile")
@click.option(
    "-f", "--from", "source", metavar="PATH|REFERENCE", help="What `atoll up -f` takes. By default the nearest app."
)
@click.option("--profile", metavar="NAME", help="Profile of the manifest.")
@click.option("-o", "--output", metavar="DIR", required=True, help="A new folder for the machine code.")
@click.option("--key", metavar="FILE", required=True, help="The private key that signs it, as `atoll key` makes one.")
@click.option("--target", metavar="TRIPLE", help="The machine that runs it, if not one like this.")
@click.option("--debug-info", is_flag=True, help="For a server with --debug-info.")
@click.option("--disable-pooling", is_flag=True, help="For a server with --disable-pooling, and for `atoll run`.")
@COMPILING[0]
@COMPILING[1]
@FROM_REGISTRY[0]
@FROM_REGISTRY[1]
@FROM_REGISTRY[2]
@click.option("--json", "as_json", is_flag=True, help="Print what was compiled as JSON.")
def command(*, from_registry: bool, insecure: bool, policy: str | None, **given: Any) -> None:
    """Compile an app for servers that shall not.

    Machine code can do whatever the server can, so it is signed, and `atoll up --compiled DIR --compiled-key FILE`
    takes it only with that signature. It is for this version of atoll. Without --target it is for processors that have
    all that this one has; with it, for every processor of that kind.

    \b
    atoll key host
    atoll compile --key host.key -o compiled
    atoll up --compiled compiled --compiled-key host.pub --never-compile
    atoll compile --key host.key -o for-arm --target aarch64-unknown-linux-gnu
    atoll compile --key host.key -o command -f tool.wasm --disable-pooling
    """
    way = Way(from_registry=from_registry, insecure=insecure, policy=policy)
    options = Options(**given | {"source": located(given["source"], way).source})
    bundle = _compiled(options, policy)
    if options.as_json:
        entries = [{"component": one.component, "file": one.file, "bytes": one.size} for one in bundle.entries]
        click.echo(json.dumps({"app": bundle.app, "target": bundle.target, "entries": entries}))
        return
    for one in bundle.entries:
        click.echo(f"compiled {one.component}  {one.size / 1e6:.1f} MB")


def _compiled(options: Options, policy: str | None) -> Any:
    from atoll.app import App
    from atoll.cli.passwords import password
    from atoll.host.settings import Compiler, Engine, Settings
    from atoll.lock import LockSettings
    from atoll.packages.ahead.compiling import compiled
    from atoll.registry.trust.keys import PrivateKey
    from atoll.runtime.prepared import whole

    key = PrivateKey.load(Path(options.key), password())
    engine = Engine(
        pooling="off" if options.disable_pooling else "auto",
        debug_info=options.debug_info,
        compiler=Compiler(timeout_ms=options.compile_timeout, memory_bytes=options.compile_memory),
        target=options.target,
    )
    app = App.load(options.source, profile=options.profile)
    with tempfile.TemporaryDirectory(prefix="atoll-compile-") as folder:
        locked = whole(app, LockSettings(working_directory=Path(folder), policy=policy))
        return compiled(locked, Settings(engine=engine), Path(options.output), key)
