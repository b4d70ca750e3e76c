"""`atoll caps`: what guests can be granted here, and who answers for it."""

import json

import click


@click.command("caps")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def command(as_json: bool) -> None:
    """List the capabilities: their interfaces in all versions, and the providers that can stand behind them.

    A provider is part of the data plane (native), ships with atoll and may need an extra (python), or comes from
    another package that names it in its entry points (third-party).

    \b
    atoll caps
    atoll caps --json
    """
    import msgspec

    from atoll.cli.capabilities import capabilities

    found = capabilities()
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2))
    else:
        click.echo("\n\n".join("\n".join(capability.lines()) for capability in found))
