"""`atoll inspect`: what a wasm file is."""

import json

import click

_HANDLERS = {
    "http02": "HTTP, WASI 0.2 (wasi:http/incoming-handler)",
    "http03": "HTTP, WASI 0.3 (wasi:http/handler)",
    "spin-http": "HTTP, Spin's own (fermyon:spin/inbound-http)",
    "command01": "command, WASI preview 1 (_start)",
    "command02": "command, WASI 0.2 (wasi:cli/run)",
    "command03": "command, WASI 0.3 (wasi:cli/run)",
}


@click.command("inspect")
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: str, as_json: bool) -> None:
    """Say what the wasm FILE is: its form, how it would be called, its imports and exports. It is never run."""
    from atoll.errors import visible
    from atoll.host import inspect

    described = inspect(file)
    if as_json:
        click.echo(json.dumps(described, indent=2))
        return
    handler = described["handler"]
    click.echo(f"{visible(file)}: {described['form']}, {described['size']} bytes")
    click.echo(f"handler: {_HANDLERS.get(handler, handler) if handler else 'none'}")
    if described["problem"]:
        click.echo(f"  {visible(described['problem'])}")
    for kind in ("imports", "exports"):
        click.echo(f"{kind}: {len(described[kind])}")
        for name in described[kind]:
            click.echo(f"  {visible(name)}")
