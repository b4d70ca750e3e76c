"""`atoll key`: make a pair of keys for signatures."""

import os
from pathlib import Path

import click

from atoll.errors import UserError


@click.command("key")
@click.argument("name", default="cosign")
@click.option(
    "--algorithm",
    type=click.Choice(["ecdsa-p256", "ed25519"]),
    default="ecdsa-p256",
    show_default=True,
    help="ECDSA is what all tools know.",
)
@click.option("--json", "as_json", is_flag=True, help="Print both files and the fingerprint as JSON.")
def command(name: str, algorithm: str, as_json: bool) -> None:
    """Make a pair of keys: NAME.key, which signs and is encrypted, and NAME.pub, which others get.

    The password is that of the environment variable COSIGN_PASSWORD, or asked for. The files are cosign's own.

    \b
    atoll key release
    atoll sign --key release.key registry.example.com/team/app:1.0
    """
    from atoll.cli.passwords import password
    from atoll.cli.registries import answer
    from atoll.registry.trust.keys import PrivateKey

    private, public = Path(f"{name}.key"), Path(f"{name}.pub")
    made = PrivateKey.generate("ed25519" if algorithm == "ed25519" else "ecdsa-p256")
    _write(private, made.encrypted(password(new=True)), 0o600)
    _write(public, made.public.pem, 0o644)
    record = {"private": str(private), "public": str(public), "fingerprint": made.public.fingerprint}
    answer(f"wrote {private}, which nobody else may have, and {public}", record, as_json=as_json)


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except OSError as error:
        raise UserError(
            "output-unwritable",
            f"{path} cannot be written: {error.strerror}",
            "name another one; keys are not replaced",
        ) from None
