"""`atoll schema`: the JSON Schemas of the files that people write."""

import json

import click

_FILES = {
    "manifest": "atoll.manifest.schema",
    "runtime-config": "atoll.runtime.schema",
    "tests": "atoll.testing.cases.schema",
}


@click.command("schema")
@click.argument("file", type=click.Choice([*_FILES]), default="manifest")
def command(file: str) -> None:
    """Print the JSON Schema of spin.toml with atoll's own keys, of the runtime config, or of tests, for editors.

    The extensions that know TOML (taplo, Even Better TOML) take it from a file's first line:
    `#:schema ./spin.schema.json`.

    \b
    atoll schema > spin.schema.json
    atoll schema runtime-config > runtime.schema.json
    """
    from importlib import import_module

    click.echo(json.dumps(import_module(_FILES[file]).schema(), indent=2))
