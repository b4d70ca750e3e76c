"""`atoll compose`: one component of several."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atoll.cli.values import pairs

if TYPE_CHECKING:
    from atoll.packages.compose.made import Made


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    source: str | None
    component_id: str | None
    plugs: tuple[str, ...]
    packages: tuple[str, ...]
    folder: str
    output: str | None
    graph: str | None
    as_json: bool
    profile: str | None


@click.command("compose")
@click.argument("source", required=False)
@click.option(
    "-c", "--component", "component_id", metavar="ID", help="A component of the app, where several are composed."
)
@click.option("--plug", "plugs", metavar="FILE", multiple=True, help="A component that answers imports of SOURCE.")
@click.option("--package", "packages", metavar="NAME=FILE", multiple=True, help="A package that a script names.")
@click.option(
    "--packages", "folder", metavar="DIR", default="deps", show_default=True, help="Where its other packages lie."
)
@click.option("-o", "--output", metavar="FILE", help="Write the component here.")
@click.option(
    "--graph",
    type=click.Choice(["text", "dot", "svg"]),
    help="Print who imports what from whom, and what each may use.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the same as JSON: a list of parts.")
@click.option("--profile", metavar="NAME", help="Profile of the manifest.")
def command(**given: Any) -> None:
    """Put components together.

    SOURCE is an app (a manifest or its folder), of which a component is composed with its dependencies; a wasm file,
    whose imports the plugs answer; or a script in the WAC language. Without --output nothing is written, and the
    graph is printed.

    \b
    atoll compose -c front -o front.wasm
    atoll compose handler.wasm --plug auth.wasm -o app.wasm
    atoll compose app.wac --package acme:auth=auth.wasm -o app.wasm
    atoll compose --graph svg > app.svg
    """
    from atoll.packages.compose import drawing
    from atoll.packages.compose.graph import graph

    options = Options(**given)
    made = _made(options)
    if options.output is not None:
        made.write(Path(options.output))
        click.echo(f"composed {options.output}  {os.stat(options.output).st_size:,} bytes", err=True)
    if options.as_json:
        click.echo(json.dumps([asdict(node) for node in graph(made.parts)], indent=2))
    elif options.graph is not None or options.output is None:
        draw = {"text": drawing.text, "dot": drawing.dot, "svg": drawing.svg}[options.graph or "text"]
        click.echo(draw(graph(made.parts)), nl=False)


def _made(options: Options) -> "Made":
    from atoll.packages.compose.made import of_app, of_plugs, of_script

    file = Path(options.source or "")
    if file.suffix == ".wac":
        packages = {name: Path(path) for name, path in pairs(options.packages, "--package").items()}
        return of_script(file, Path(options.folder), packages)
    if file.suffix in (".wasm", ".wat"):
        return of_plugs(file, [Path(plug) for plug in options.plugs])
    return of_app(options.source, options.component_id, options.profile)
