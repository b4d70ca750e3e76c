"""`atoll inspect`: what a wasm file is."""

import json
import sys

import click


@click.command("inspect")
@click.argument("file")
@click.option(
    "--json", "form", flag_value="json", help="Print everything as one JSON object (docs/reference/inspect.md)."
)
@click.option("--wit", "form", flag_value="wit", help="Print the WIT of its world, and nothing else.")
@click.option("--wat", "form", flag_value="wat", help="Print it in WebAssembly's text form, and nothing else.")
def command(file: str, form: str | None) -> None:
    """Say what the wasm FILE is, binary or text.

    How it would be called, what it imports and which key of the manifest grants that, what it exports, what it runs
    on, and what its size is made of. It is parsed and validated, neither compiled nor run.

    \b
    atoll inspect app.wasm
    atoll inspect app.wasm --wit
    """
    import msgspec

    from atoll.cli.inspected import lines, wit
    from atoll.host import inspect, wat

    if form == "wat":
        try:
            wat(file, lambda piece: click.echo(piece, nl=False))
        except BrokenPipeError:
            # Whoever read the text has seen enough. Click would take it for a failure.
            sys.stdout = None
        return
    described = inspect(file)
    if form == "json":
        click.echo(json.dumps(msgspec.to_builtins(described), indent=2))
    elif form == "wit":
        click.echo(wit(described), nl=False)
    else:
        click.echo("\n".join(lines(file, described)))
