"""`atoll tag`: another name for what a registry has."""

import click

from atoll.cli.sources import INSECURE


@click.command("tag")
@click.argument("reference")
@click.argument("tags", metavar="TAG...", nargs=-1, required=True)
@INSECURE
@click.option("--json", "as_json", is_flag=True, help="Print digest and tags as JSON.")
def command(reference: str, tags: tuple[str, ...], insecure: bool, as_json: bool) -> None:
    """Give an artifact of a registry more tags.

    Nothing is fetched but its manifest.

    \b
    atoll tag registry.example.com/team/app:1.0.3 1.0 stable
    """
    from atoll.cli.registries import answer, client_of
    from atoll.registry.reference import Reference
    from atoll.registry.repository import Repository

    wanted = Reference.parse(reference)
    new = [Reference.parse(f"{wanted.registry}/{wanted.repository}:{tag}") for tag in tags]
    with client_of(wanted, insecure=insecure) as client:
        repository = Repository(client, wanted.repository)
        fetched = repository.manifest(wanted.version)
        for one in new:
            repository.put_manifest(one.version, fetched.content, fetched.media_type)
    text = "\n".join(f"tagged {one}" for one in new)
    answer(text, {"digest": fetched.digest, "tags": list(tags)}, as_json=as_json)
