"""`atoll wit`: WIT packages, from an empty folder to the documentation of what a component speaks."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atoll.cli.wit_compared import check, diff
from atoll.errors import UserError, visible

if TYPE_CHECKING:
    from atoll.packages.wit.deps import Changes
    from atoll.packages.wit.sources import Source

_FOLDER = click.option(
    "--wit",
    "folder",
    metavar="DIR",
    default="wit",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The WIT's folder.",
)


@click.group("wit")
def command() -> None:
    """Write, keep, compare and document WIT packages.

    A WIT is a folder with its `deps`, a .wit file, a package as wasm, a component, or the name of a package that
    atoll brings: `wasi:http@0.2.12`.

    \b
    atoll wit print app.wasm     # what a component speaks
    atoll wit add wasi:http      # a package, and what it needs
    """


@command.command("new")
@click.argument("name")
@_FOLDER
def new(name: str, folder: Path) -> None:
    """Write a folder with the package NAME: a world, and the interface that it exports.

    NAME has a namespace, and may have a version: acme:greeter@1.0.0. Without one it is 0.1.0.

    \b
    atoll wit new acme:greeter
    """
    from atoll.packages.wit.new import write

    click.echo(visible(str(write(name, folder))))


@command.command("add")
@click.argument("package", required=False)
@click.option("--from", "path", metavar="PATH", type=click.Path(path_type=Path), help="Where PACKAGE lies: any WIT.")
@click.option("--registry", metavar="HOST", help="The registry that has PACKAGE, if not the configured one.")
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print what was added and removed as JSON.")
def add(package: str | None, path: Path | None, registry: str | None, folder: Path, as_json: bool) -> None:
    """Put PACKAGE, and what it needs, into the `deps` of a WIT's folder.

    PACKAGE is a name with or without a version: wasi:http@0.2.12. It comes from PATH or HOST, or else from atoll
    itself, which brings the packages of WASI, Spin and wasmCloud, or from the registry that is configured for its
    namespace; --from alone takes the package that lies there. `deps.lock` keeps what was added, so that without PACKAGE
    everything is put back that `deps` lacks.

    \b
    atoll wit add wasi:http@0.2.12
    atoll wit add acme:parts --from ../parts/wit
    atoll wit add acme:parts@1.2.0 --registry registry.example.com
    atoll wit add
    """
    from atoll.packages.wit import deps
    from atoll.packages.wit.sources import At, found
    from atoll.packages.wit.versions import Wanted

    if package is None and path is None:
        _tell(deps.restore(folder), as_json)
        return
    if path is not None and not path.exists():
        raise UserError("wit-invalid", f"there is no WIT at `{path}`", "name a folder, a .wit file or a wasm file")
    sources: list[Source] = [At(path, folder)] if path is not None else _elsewhere(registry)
    wanted = Wanted.parse(package if package is not None else str(found(path or folder, "")))
    _tell(deps.add(folder, wanted, sources), as_json)


@command.command("update")
@click.argument("packages", metavar="[PACKAGE]...", nargs=-1)
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print what was added, removed and edited as JSON.")
def update(packages: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Renew packages that were added, as far as newer ones can stand for them; all of them without a name.

    Packages are looked for where they came from. Files of the folder that name a former version name the new one then.

    \b
    atoll wit update
    atoll wit update acme:parts
    """
    from atoll.packages.wit import deps

    _tell(deps.update(folder, packages), as_json)


def _elsewhere(registry: str | None) -> "list[Source]":
    """What atoll brings, and then registries; a registry that was named comes first."""
    from atoll.packages.wit.registries import Registry
    from atoll.packages.wit.sources import Standard

    return [Registry(registry), Standard()] if registry else [Standard(), Registry()]


def _tell(changes: "Changes", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(changes), indent=2))
        return
    for what, names in (("removed", changes.removed), ("added", changes.added), ("edited", changes.edited)):
        for name in names:
            click.echo(f"{what} {visible(name)}")
    if not (changes.added or changes.removed or changes.edited):
        click.echo("nothing to do")


@command.command("print")
@click.argument("source", metavar="[WIT]", default="wit")
@click.option("--deps", "whole", is_flag=True, help="With all packages that it needs.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write a package as wasm here.")
@click.option("--json", "as_json", is_flag=True, help="Print the resolved tree, as WIT's own tools do.")
def printing(source: str, whole: bool, output: Path | None, as_json: bool) -> None:
    """Print WIT as text: what a component speaks, a folder, or a package.

    \b
    atoll wit print app.wasm
    atoll wit print wasi:http@0.2.12
    atoll wit print wit -o package.wasm
    """
    from atoll.host import wit
    from atoll.packages.wit.located import located

    with located(source) as path:
        if output is not None:
            _write(output, wit.packed(path))
        elif as_json:
            click.echo(json.dumps(wit.tree(path)["resolve"], indent=2))
        else:
            is_component = not whole and wit.tree(path)["world"] is not None
            click.echo(visible(wit.text(path, whole=whole or is_component)), nl=False)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UserError(
            "output-unwritable", f"`{file}` cannot be written: {error.strerror}", "name another file with -o"
        ) from None


@command.command("docs")
@click.argument("source", metavar="[WIT]", default="wit")
@click.option(
    "-o", "--output", "folder", metavar="DIR", required=True, type=click.Path(path_type=Path), help="Where to."
)
@click.option("--json", "as_json", is_flag=True, help="Print the names of the pages as JSON.")
def docs(source: str, folder: Path, as_json: bool) -> None:
    """Write documentation as static HTML: a page for each interface and world of WIT, and of all that it needs.

    \b
    atoll wit docs wit -o site
    atoll wit docs wasi:http@0.2.12 -o site
    """
    from atoll.packages.wit.docs.writing import write
    from atoll.packages.wit.located import located

    with located(source) as path:
        pages = write(path, folder)
    if as_json:
        click.echo(json.dumps([str(folder / page) for page in pages], indent=2))
    else:
        click.echo(f"{len(pages)} pages in {visible(str(folder))}: open {visible(str(folder / 'index.html'))}")


@command.command("go")
@click.argument("source", metavar="[WIT]", default="wit", type=click.Path(path_type=Path))
@click.option("-w", "--world", metavar="NAME", help="The guest's world; by default the only one.")
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    default=".",
    show_default="this one",
    type=click.Path(path_type=Path),
    help="The folder of the package main, in a Go module.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written, and what is missing, as JSON.")
def go(source: Path, world: str | None, folder: Path, as_json: bool) -> None:
    """Write Go packages for a guest in the world NAME of WIT, for Go's own compiler.

    What the world imports are functions to call; for each interface that it exports, a package is yours to write, whose
    name begins with `export_`. Files that this command did not make are never written over. Build commands say it
    shorter: `go-bindings WIT NAME`.

    \b
    atoll wit go ../wit --world authenticating
    """
    from atoll.packages.wit.go import bind

    bound = bind(source, world, folder)
    if as_json:
        click.echo(json.dumps(asdict(bound), indent=2))
        return
    for name in bound.changed:
        click.echo(visible(str(folder / name)))
    for name in bound.missing:
        click.echo(f"to be written: the package {visible(str(folder / name))}", err=True)


command.add_command(check)
command.add_command(diff)
