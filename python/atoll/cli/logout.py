"""`atoll logout`: forget who one is at a registry."""

import click


@click.command("logout")
@click.argument("registry")
@click.option("--json", "as_json", is_flag=True, help="Print registry and what was done as JSON.")
def command(registry: str, as_json: bool) -> None:
    """Forget the credentials of a registry.

    Those that other programs keep stay; they are named.

    \b
    atoll logout registry.example.com
    """
    from atoll.cli.registries import answer
    from atoll.registry import credentials

    removed = credentials.remove(registry)
    other = credentials.elsewhere(registry)
    record = {"registry": registry, "removed": removed, "elsewhere": str(other) if other else None}
    text = f"signed out of {registry}" if removed else f"nobody was signed in at {registry}"
    answer(text, record, as_json=as_json)
    if other is not None:
        click.echo(f"note: {other} holds credentials of {registry} as well", err=True)
