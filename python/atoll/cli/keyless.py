"""What the commands of signatures share: the option that names Sigstore's services, and what it means."""

from typing import TYPE_CHECKING

import click

from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.registry.trust.services import Services

SIGSTORE = click.option(
    "--sigstore",
    metavar="FILE",
    envvar="ATOLL_SIGSTORE",
    show_envvar=True,
    help="Sigstore's services: their client trust config, or `public` for the public good instance.",
)


def services_of(named: str | None) -> "Services":
    """The services that are asked and believed. Raises UserError `sigstore-invalid`, also where none are named."""
    from atoll.registry.trust.services import Services

    if not named:
        raise UserError(
            "sigstore-invalid",
            "no Sigstore services are configured",
            "name their client trust config with --sigstore or ATOLL_SIGSTORE; `public` is the public good instance",
        )
    return Services.named(named)
