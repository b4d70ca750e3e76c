"""`atoll sign`: say of an artifact of a registry that it is what one has made."""

from pathlib import Path

import click

from atoll.cli.sources import INSECURE
from atoll.cli.values import pairs


@click.command("sign")
@click.argument("reference")
@click.option("--key", metavar="FILE", required=True, help="The private key: of `atoll key`, cosign, or PKCS 8 in PEM.")
@click.option("--annotation", "annotations", metavar="KEY=VALUE", multiple=True, help="Sign this with it.")
@INSECURE
@click.option("--json", "as_json", is_flag=True, help="Print reference, digest and fingerprint as JSON.")
def command(reference: str, key: str, annotations: tuple[str, ...], insecure: bool, as_json: bool) -> None:
    """Sign an artifact of a registry.

    The signature is one of cosign's, lies in the registry beside the artifact, and refers to it. What is signed is its
    digest: a tag that means something else later has no part in it.

    \b
    atoll sign --key release.key registry.example.com/team/app:1.0
    atoll verify --key release.pub registry.example.com/team/app:1.0
    """
    from atoll.cli.passwords import password
    from atoll.cli.registries import answer, client_of
    from atoll.registry.reference import Reference
    from atoll.registry.repository import Repository
    from atoll.registry.trust.keys import PrivateKey
    from atoll.registry.trust.signatures import attach, made

    wanted = Reference.parse(reference)
    private = PrivateKey.load(Path(key), password())
    with client_of(wanted, insecure=insecure) as client:
        repository = Repository(client, wanted.repository)
        subject = repository.manifest(wanted.version).descriptor
        name = f"{wanted.registry}/{wanted.repository}"
        attach(repository, subject, made(private, name, subject.digest, pairs(annotations, "--annotation")))
    record = {"reference": reference, "digest": subject.digest, "fingerprint": private.public.fingerprint}
    answer(f"signed {wanted.at(subject.digest)}", record, as_json=as_json)
