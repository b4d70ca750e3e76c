"""`atoll copy`: from one registry to another."""

import click

from atoll.cli.sources import INSECURE


@click.command("copy")
@click.argument("source")
@click.argument("target")
@INSECURE
@click.option("--json", "as_json", is_flag=True, help="Print reference, digest and bytes as JSON.")
def command(source: str, target: str, insecure: bool, as_json: bool) -> None:
    """Copy an artifact, with what refers to it: signatures and alike.

    Both are references; the copy has the same digest. Within one registry layers are mounted, and not sent.

    \b
    atoll copy registry.example.com/team/app:1.0 localhost:5000/mirror/app:1.0
    """
    from atoll.cli.registries import answer, client_of, megabytes, watching
    from atoll.packages.oci.copying import copy
    from atoll.registry.reference import Reference

    origin, wanted = Reference.parse(source), Reference.parse(target)
    with (
        client_of(origin, insecure=insecure) as reading,
        client_of(wanted, insecure=insecure) as writing,
        watching("copying") as watcher,
    ):
        copied = copy((reading, origin), (writing, wanted), watcher)
    text = f"copied {copied.reference}\n{megabytes(copied.sent)} of {megabytes(copied.size)} had to be sent"
    record = {"reference": str(wanted), "digest": copied.reference.digest, "sent": copied.sent, "size": copied.size}
    answer(text, record, as_json=as_json)
