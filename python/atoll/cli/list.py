"""`atoll list`: what a registry has."""

import click

from atoll.cli.sources import INSECURE


@click.command("list")
@click.argument("place", metavar="REGISTRY[/REPOSITORY]")
@INSECURE
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(place: str, insecure: bool, as_json: bool) -> None:
    """List the tags of a repository, or the repositories of a registry.

    Not every registry tells its repositories to everybody.

    \b
    atoll list registry.example.com/team/app
    atoll list localhost:5000
    """
    import json

    from atoll.cli.registries import client_of
    from atoll.registry.reference import Reference
    from atoll.registry.repository import Repository, repositories

    is_registry = "/" not in place.removeprefix("oci://")
    reference = Reference.parse(f"{place}/any" if is_registry else place)
    with client_of(reference, insecure=insecure) as client:
        names = repositories(client) if is_registry else Repository(client, reference.repository).tags()
    if as_json:
        click.echo(json.dumps(names))
    else:
        click.echo("".join(f"{name}\n" for name in names), nl=False)
