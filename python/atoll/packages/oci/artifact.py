"""What is pushed: a manifest and the blobs that it names."""

import datetime
import os
from collections.abc import Iterable
from dataclasses import dataclass

from atoll.registry.blobs import Blob
from atoll.registry.documents import Manifest, encode

_TITLE = "org.opencontainers.image."


@dataclass(frozen=True, slots=True)
class Artifact:
    """A manifest with everything that has to be there before it."""

    manifest: Manifest
    blobs: list[Blob]

    @property
    def content(self) -> bytes:
        """The manifest's bytes. The same app has the same ones."""
        return encode(self.manifest)


def artifact(config: Blob, layers: Iterable[Blob], annotations: dict[str, str]) -> Artifact:
    """Put an artifact together; a blob that is there twice is pushed once."""
    unique = list({blob.descriptor.digest: blob for blob in layers}.values())
    manifest = Manifest(
        schema_version=2,
        config=config.descriptor,
        layers=[blob.descriptor for blob in unique],
        annotations=annotations,
    )
    return Artifact(manifest, [config, *unique])


def annotated(given: dict[str, str], **known: str) -> dict[str, str]:
    """The annotations that registries show, from what is known; what was given wins, and empty ones are left out.

    A time is only among them if `SOURCE_DATE_EPOCH` says one, so that the same app keeps its digest.
    """
    predefined = {f"{_TITLE}{key}": value for key, value in known.items() if value}
    if created := created_at():
        predefined[f"{_TITLE}created"] = created
    return {key: value for key, value in (predefined | given).items() if value}


def created_at() -> str:
    """The time of `SOURCE_DATE_EPOCH`, or nothing."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not (epoch.isascii() and epoch.isdigit()):
        return ""
    return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
