"""`atoll sign`: say of an artifact of a registry that it is what one has made."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atoll.cli.keyless import SIGSTORE, services_of
from atoll.cli.sources import INSECURE
from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.registry.trust.signatures import Signature

Sign = Callable[[str, str, dict[str, str]], tuple["Signature", dict[str, str]]]


@click.command("sign")
@click.argument("reference")
@click.option("--key", metavar="FILE", help="The private key: of `atoll key`, cosign, or PKCS 8 in PEM.")
@click.option("--keyless", is_flag=True, help="Sign as somebody whom Sigstore's services know, without a key.")
@SIGSTORE
@click.option(
    "--identity-token",
    metavar="FILE",
    help="Who that is: a token of an OpenID provider. Else SIGSTORE_ID_TOKEN, or what the machine that builds has.",
)
@click.option("--annotation", "annotations", metavar="KEY=VALUE", multiple=True, help="Sign this with it.")
@INSECURE
@click.option("--json", "as_json", is_flag=True, help="Print reference, digest and who has signed as JSON.")
def command(reference: str, annotations: tuple[str, ...], insecure: bool, as_json: bool, **given: Any) -> None:
    """Sign an artifact of a registry.

    The signature is one of cosign's, lies in the registry beside the artifact, and refers to it. What is signed is its
    digest: a tag that means something else later has no part in it.

    With --keyless a certificate of Sigstore's services says who has signed, and their log that it was signed then.

    \b
    atoll sign --key release.key registry.example.com/team/app:1.0
    atoll verify --key release.pub registry.example.com/team/app:1.0
    atoll sign --keyless --sigstore trust.json registry.example.com/team/app:1.0
    """
    from atoll.cli.registries import answer, client_of
    from atoll.cli.values import pairs
    from atoll.registry.reference import Reference
    from atoll.registry.repository import Repository
    from atoll.registry.trust.signatures import attach

    wanted = Reference.parse(reference)
    added = pairs(annotations, "--annotation")
    sign = _signing(**given)
    with client_of(wanted, insecure=insecure) as client:
        repository = Repository(client, wanted.repository)
        subject = repository.manifest(wanted.version).descriptor
        signature, by = sign(f"{wanted.registry}/{wanted.repository}", subject.digest, added)
        attach(repository, subject, signature)
    text = f"signed {wanted.at(subject.digest)}"
    if "identity" in by:
        text += f"\nas {by['identity']}, whom {by['issuer']} knows"
    answer(text, {"reference": reference, "digest": subject.digest, **by}, as_json=as_json)


def _signing(key: str | None, keyless: bool, sigstore: str | None, identity_token: str | None) -> Sign:
    """What signs, after all that it needs was found."""
    if bool(key) == keyless:
        raise UserError(
            "argument-invalid",
            "there is a key and --keyless to sign with" if keyless else "there is nothing to sign with",
            "name a private key with --key, or sign with --keyless as somebody whom Sigstore's services know",
        )
    if key and identity_token:
        raise UserError("argument-invalid", "a key needs no --identity-token", "leave one of the two away")
    return _with_key(key) if key else _as_somebody(sigstore, identity_token)


def _with_key(key: str) -> Sign:
    from atoll.cli.passwords import password
    from atoll.registry.trust.keys import PrivateKey
    from atoll.registry.trust.signatures import made

    private = PrivateKey.load(Path(key), password())
    by = {"fingerprint": private.public.fingerprint}
    return lambda name, digest, annotations: (made(private, name, digest, annotations), by)


def _as_somebody(sigstore: str | None, identity_token: str | None) -> Sign:
    from atoll.registry.trust import tokens
    from atoll.registry.trust.identities import library

    services = services_of(sigstore)
    token = tokens.found(Path(identity_token) if identity_token else None)

    def sign(_: str, digest: str, annotations: dict[str, str]) -> tuple["Signature", dict[str, str]]:
        signature, identity = library().made(token, services, digest, annotations)
        return signature, identity.record

    return sign
