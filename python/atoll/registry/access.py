"""Whether a registry knows somebody."""

from atoll.errors import UserError
from atoll.registry.client import Asked, Client
from atoll.registry.credentials import Credentials
from atoll.registry.reference import is_reference


def check(registry: str, given: Credentials, *, insecure: bool = False) -> None:
    """Ask the registry. Raises UserError `registry-denied`, `registry-unreachable`, `reference-invalid`."""
    if not is_reference(f"{registry}/any"):
        raise UserError("reference-invalid", f'"{registry}" is not the name of a registry', "write HOST or HOST:PORT")
    with Client(registry, plain_http=insecure, credentials=given) as client:
        try:
            client.ask(Asked("GET", "/v2/", "", ""))
        except UserError as error:
            if error.code != "registry-denied":
                raise
            raise UserError(
                "registry-denied", f"{registry} does not know {given.username} by that password", "mend one of them"
            ) from None
