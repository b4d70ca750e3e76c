"""`atoll schema`: the manifest's JSON Schema."""

import json

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of spin.toml with atoll's own keys, for editors."""
    from atoll.manifest.schema import schema

    click.echo(json.dumps(schema(), indent=2))
