"""`atoll verify`: who has signed an artifact of a registry."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from atoll.cli.sources import INSECURE, POLICY
from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.registry.reference import Reference
    from atoll.registry.repository import Repository


@click.command("verify")
@click.argument("reference")
@click.option(
    "--key", "keys", metavar="FILE", multiple=True, help="A public key in PEM; each that is named must have signed."
)
@POLICY
@INSECURE
@click.option("--json", "as_json", is_flag=True, help="Print digest, keys and annotations as JSON.")
def command(reference: str, keys: tuple[str, ...], policy: str | None, insecure: bool, as_json: bool) -> None:
    """Verify the signatures of an artifact of a registry.

    With --key each of these keys must have signed it. Without one it is held against the policy of this machine, as a
    pull would.

    \b
    atoll verify --key release.pub registry.example.com/team/app:1.0
    atoll verify --policy policy.toml registry.example.com/team/app:1.0
    """
    from atoll.cli.registries import answer, client_of
    from atoll.registry.reference import Reference
    from atoll.registry.repository import Repository

    wanted = Reference.parse(reference)
    with client_of(wanted, insecure=insecure) as client:
        repository = Repository(client, wanted.repository)
        exact = wanted.at(repository.manifest(wanted.version).digest)
        if keys:
            signed = _signed(repository, exact, keys)
            text = f"{exact}\nsigned by {', '.join(keys)}"
            answer(text, {"digest": exact.digest, "signatures": signed}, as_json=as_json)
            return
        _enforce(repository, exact, policy)
    answer(f"{exact}\nthe policy takes it", {"digest": exact.digest, "taken": True}, as_json=as_json)


def _signed(repository: "Repository", exact: "Reference", names: tuple[str, ...]) -> list[dict[str, object]]:
    from atoll.registry.trust.keys import PublicKey
    from atoll.registry.trust.signatures import fetched, signers

    digest = exact.digest or ""
    keys = [PublicKey.load(Path(name)) for name in names]
    signatures = fetched(repository, digest)
    missing = [key.name for key in keys if not signers(signatures, digest, [key])]
    if missing:
        count = f"of its {len(signatures)} signatures none is" if signatures else "it has no signature"
        raise UserError(
            "signature-missing",
            f"{exact} is not signed by {', '.join(missing)}: {count} by that key",
            "look whether that is the key that signs, and this the artifact that was signed",
        )
    return [
        {"key": key.name, "fingerprint": key.fingerprint, "annotations": one.annotations}
        for key in keys
        for one in signatures
        if signers([one], digest, [key])
    ]


def _enforce(repository: "Repository", exact: "Reference", policy: str | None) -> None:
    from atoll.cli.registries import store_of
    from atoll.registry.trust.enforcing import enforce
    from atoll.registry.trust.policy import Policy

    found = Policy.find(policy)
    if found.file is None:
        raise UserError(
            "argument-invalid",
            "there is neither a key nor a policy to verify with",
            "name a public key with --key, or a policy with --policy",
        )
    enforce(found, exact, store_of(None), lambda: repository)
