"""Sends artifacts to a registry, and copies them from one place to another."""

from dataclasses import dataclass

from atoll.errors import UserError
from atoll.packages.oci.artifact import Artifact
from atoll.packages.oci.transfer import Watcher, each
from atoll.registry import blobs
from atoll.registry.blobs import Blob
from atoll.registry.client import Client
from atoll.registry.documents import MANIFEST
from atoll.registry.reference import Reference
from atoll.registry.repository import Repository


@dataclass(frozen=True, slots=True)
class Pushed:
    """What is in the registry now: the reference with its digest, and how many bytes had to be sent."""

    reference: Reference
    sent: int
    size: int


def push(
    client: Client, artifact: Artifact, reference: Reference, watcher: Watcher, mount_from: str | None = None
) -> Pushed:
    """Send what the registry does not have, the manifest last: until then nobody sees anything of it.

    Raises UserError `reference-invalid` for a reference by digest, `registry-*`.
    """
    if reference.digest is not None:
        raise UserError("reference-invalid", f"{reference} names a digest, which a push cannot choose", "write a tag")
    repository = Repository(client, reference.repository)
    watcher.expect(sum(blob.descriptor.size for blob in artifact.blobs))

    def one(blob: Blob) -> int:
        sent = blobs.push(repository, blob, watcher.arrived, mount_from)
        if not sent:
            watcher.arrived(blob.descriptor.size)
        return blob.descriptor.size if sent else 0

    sent = sum(each(client, artifact.blobs, one))
    digest = repository.put_manifest(reference.version, artifact.content, artifact.manifest.media_type or MANIFEST)
    size = sum(blob.descriptor.size for blob in artifact.blobs)
    return Pushed(reference.at(digest), sent, size)
