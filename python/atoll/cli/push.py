"""`atoll push`: an app or a component into a registry."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atoll.cli.sources import INSECURE
from atoll.cli.values import pairs
from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.app import App
    from atoll.packages.oci.artifact import Artifact

_WASM_SUFFIX = ".wasm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    reference: str
    source: str | None
    profile: str | None
    build: bool
    compose: bool
    archive: bool
    annotations: tuple[str, ...]
    mount_from: str | None
    insecure: bool
    as_json: bool


@click.command("push")
@click.argument("reference")
@click.option(
    "-f",
    "--from",
    "source",
    metavar="PATH",
    help="A spin.toml, a folder that holds one, or a .wasm file. Default: the nearest app.",
)
@click.option("--profile", metavar="NAME", help="Profile of the manifest.")
@click.option("--build", is_flag=True, help="Build the app's components first, as `atoll build` does.")
@click.option("--compose", is_flag=True, help="Push components composed with their dependencies, each as one file.")
@click.option(
    "--archive",
    is_flag=True,
    envvar="SPIN_OCI_ARCHIVE_LAYERS",
    help="Push static files as one layer a folder, as is done by itself beyond 500 files.",
)
@click.option("--annotation", "annotations", metavar="KEY=VALUE", multiple=True, help="Annotate the artifact.")
@click.option(
    "--mount-from", metavar="REPOSITORY", help="Take layers from this repository of the registry if it has them."
)
@INSECURE
@click.option("--json", "as_json", is_flag=True, help="Print reference, digest and sizes as JSON.")
def command(**given: Any) -> None:
    """Push an app to a registry.

    REFERENCE is HOST/REPOSITORY:TAG. An app becomes the artifact that Spin pushes and pulls; a single wasm file becomes
    the wasm artifact of the CNCF, which wkg and others pull. What the registry has already is not sent.

    \b
    atoll push registry.example.com/team/app:1.0 --build
    atoll push localhost:5000/acme/auth:1.2.0 -f auth.wasm
    """
    from atoll.cli.registries import answer, client_of, megabytes, watching
    from atoll.packages.oci.pushing import push
    from atoll.registry.reference import Reference

    options = Options(**given)
    reference = Reference.parse(options.reference)
    with tempfile.TemporaryDirectory(prefix="atoll-push-") as folder:
        artifact = _artifact(options, reference, Path(folder))
        with client_of(reference, insecure=options.insecure) as client, watching("pushing") as watcher:
            pushed = push(client, artifact, reference, watcher, options.mount_from)
    text = f"pushed {pushed.reference}\n{megabytes(pushed.sent)} of {megabytes(pushed.size)} had to be sent"
    record = {"reference": str(reference), "digest": pushed.reference.digest, "sent": pushed.sent, "size": pushed.size}
    answer(text, record, as_json=options.as_json)


def _artifact(options: Options, reference: Any, folder: Path) -> "Artifact":
    from atoll.app import App

    annotations = pairs(options.annotations, "--annotation")
    if options.source is not None and options.source.endswith(_WASM_SUFFIX) and Path(options.source).is_file():
        from atoll.packages.oci.components import of_wasm

        return of_wasm(Path(options.source), annotations, title=reference.repository.rpartition("/")[2])
    app = App.load(options.source, profile=options.profile)
    if options.build:
        from atoll.build import Way
        from atoll.cli import building

        building.build(app, (), Way())
    return _of_app(app, options, folder, annotations)


def _of_app(app: "App", options: Options, folder: Path, annotations: dict[str, str]) -> "Artifact":
    from atoll.host.composing import composed
    from atoll.lock import LockSettings
    from atoll.packages.oci.applications import of_app

    settings = app.manifest.application.tool.atoll
    if settings is not None and settings.imports:
        raise UserError(
            "artifact-unportable",
            "the app's imports are answered by Python objects of this machine, which an artifact cannot carry",
            "publish a plugin for them, or answer them with a component as a dependency",
            location=app.locate(None, "tool.atoll.imports"),
        )
    lock = LockSettings(working_directory=folder)
    locked = app.lock(lock)
    if options.compose:
        locked = composed(locked, lock.compositions, app.locate)
    return of_app(locked, folder, annotations, archived=options.archive)
