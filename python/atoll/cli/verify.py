"""`atoll verify`: who has signed an artifact of a registry."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atoll.cli.keyless import SIGSTORE, services_of
from atoll.cli.sources import INSECURE, POLICY
from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.registry.reference import Reference
    from atoll.registry.repository import Repository
    from atoll.registry.trust.signatures import Signatory, Signature

_MAX_REASONS = 3


@click.command("verify")
@click.argument("reference")
@click.option(
    "--key", "keys", metavar="FILE", multiple=True, help="A public key in PEM; each that is named must have signed."
)
@click.option("--identity", metavar="NAME", help="Who must have signed, exactly: an e-mail address or a URI.")
@click.option("--issuer", metavar="URL", help="Who knows the identity, exactly.")
@SIGSTORE
@POLICY
@INSECURE
@click.option("--json", "as_json", is_flag=True, help="Print digest, who has signed and annotations as JSON.")
def command(reference: str, policy: str | None, insecure: bool, as_json: bool, **given: Any) -> None:
    """Verify the signatures of an artifact of a registry.

    With --key each of these keys must have signed it, and with --identity whoever that is. Without either it is held
    against the policy of this machine, as a pull would.

    \b
    atoll verify --key release.pub registry.example.com/team/app:1.0
    atoll verify --policy policy.toml registry.example.com/team/app:1.0
    atoll verify --identity anna@example.com --issuer https://login.example.com registry.example.com/team/app:1.0
    """
    from atoll.cli.registries import answer, client_of
    from atoll.registry.reference import Reference
    from atoll.registry.repository import Repository

    wanted = Reference.parse(reference)
    signatories = _wanted(**given)
    with client_of(wanted, insecure=insecure) as client:
        repository = Repository(client, wanted.repository)
        exact = wanted.at(repository.manifest(wanted.version).digest)
        if signatories:
            signed = _signed(repository, exact, signatories)
            text = f"{exact}\nsigned by {', '.join(one.name for one in signatories)}"
            answer(text, {"digest": exact.digest, "signatures": signed}, as_json=as_json)
            return
        _enforce(repository, exact, policy)
    answer(f"{exact}\nthe policy takes it", {"digest": exact.digest, "taken": True}, as_json=as_json)


def _wanted(keys: tuple[str, ...], identity: str | None, issuer: str | None, sigstore: str | None) -> "list[Signatory]":
    """Who must have signed."""
    from atoll.registry.trust.identities import Identity
    from atoll.registry.trust.keys import PublicKey

    if bool(identity) != bool(issuer):
        raise UserError(
            "argument-invalid",
            "an identity is a name together with who knows it, and one of the two is missing",
            "name both, --identity and --issuer: other issuers may know others by that name",
        )
    found: list[Signatory] = [PublicKey.load(Path(name)) for name in keys]
    if identity and issuer:
        found.append(Identity(identity, issuer, services_of(sigstore)))
    return found


def _signed(repository: "Repository", exact: "Reference", signatories: "list[Signatory]") -> list[dict[str, object]]:
    from atoll.registry.trust.signatures import fetched, signers

    digest = exact.digest or ""
    signatures = fetched(repository, digest)
    missing = [who for who in signatories if not signers(signatures, digest, [who])]
    if missing:
        raise _missing(exact, signatures, missing)
    return [
        {**who.record, "annotations": one.annotations}
        for who in signatories
        for one in signatures
        if signers([one], digest, [who])
    ]


def _missing(exact: "Reference", signatures: "list[Signature]", missing: "list[Signatory]") -> UserError:
    names = ", ".join(who.name for who in missing)
    why = f"none of its {len(signatures)} signatures is theirs" if signatures else "it has no signature"
    reasons = list(dict.fromkeys(_refusals(exact.digest or "", signatures, missing)))
    return UserError(
        "signature-missing",
        f"{exact} is not signed by {names}: {why}{''.join(f'; {reason}' for reason in reasons[:_MAX_REASONS])}",
        "look whether that is who signs, and this the artifact that was signed",
    )


def _refusals(digest: str, signatures: "list[Signature]", missing: "list[Signatory]") -> Iterator[str]:
    """Why those are not of an identity that were made without a key."""
    from atoll.registry.trust.identities import Identity

    for who in (one for one in missing if isinstance(one, Identity)):
        for one in signatures:
            if one.bundle:
                yield who.refusal(one) if one.names(digest) else "one is of something else"


def _enforce(repository: "Repository", exact: "Reference", policy: str | None) -> None:
    from atoll.cli.registries import store_of
    from atoll.registry.trust.enforcing import enforce
    from atoll.registry.trust.policy import Policy

    found = Policy.find(policy)
    if found.file is None:
        raise UserError(
            "argument-invalid",
            "there is neither a key nor a policy to verify with",
            "name a public key with --key, an identity with --identity and --issuer, or a policy with --policy",
        )
    enforce(found, exact, store_of(None), lambda: repository)
