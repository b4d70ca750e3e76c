"""Whom the rooms trust that connect to servers with TLS: one key, for redis, mqtt and the SQL databases."""

from pathlib import Path
from typing import Annotated

from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc, File

CaRootsFile = Annotated[
    str | None,
    File(),
    Doc("PEM file of authorities to trust instead of the system's, relative to the config file."),
]


def ca_roots(named: str | None, place: Place) -> Path | None:
    """Where the authorities are, None for the system's. Raises ValueError where no file is."""
    if named is None:
        return None
    roots = place.config / named
    if not roots.is_file():
        raise ValueError(f"ca_roots_file: there is no file {named}")
    return roots
