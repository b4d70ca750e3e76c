"""Copies an artifact from one repository to another, blob by blob, with everything that refers to it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from atoll.errors import UserError
from atoll.packages.oci.pushing import Pushed
from atoll.packages.oci.transfer import Watcher, each
from atoll.registry import blobs
from atoll.registry.blobs import Blob
from atoll.registry.client import Client
from atoll.registry.documents import MAX_LAYERS, Descriptor, Index, artifact_invalid
from atoll.registry.reference import Reference
from atoll.registry.repository import Fetched, Repository, fallback_tag
from atoll.registry.store import Store

_MAX_DEPTH = 8


def copy(source: tuple[Client, Reference], target: tuple[Client, Reference], watcher: Watcher) -> Pushed:
    """Copy what the source's reference means now. Raises UserError `artifact-*`, `registry-*`, `reference-invalid`."""
    (reading, origin), (writing, wanted) = source, target
    if wanted.digest is not None:
        raise UserError("reference-invalid", f"{wanted} names a digest, which a copy has by itself", "write a tag")
    with tempfile.TemporaryDirectory(prefix="atoll-copy-") as folder:
        copier = _Copier(
            Repository(reading, origin.repository), Repository(writing, wanted.repository), Path(folder), watcher
        )
        fetched = copier.manifest(origin.version, wanted.version)
    return Pushed(wanted.at(fetched.digest), copier.sent, copier.size)


class _Copier:
    """One copy. Manifests are put where all that they name is already."""

    def __init__(self, source: Repository, target: Repository, folder: Path, watcher: Watcher) -> None:
        self._source = source
        self._target = target
        self._store = Store(folder)
        self._watcher = watcher
        self._seen: set[str] = set()
        self.sent = 0
        self.size = 0

    def manifest(self, version: str, tag: str | None, depth: int = 0) -> Fetched:
        """Copy a manifest or an index, under a tag or by its digest, and then what refers to it."""
        fetched = self._source.manifest(version)
        if depth > _MAX_DEPTH or len(self._seen) > MAX_LAYERS:
            name = f"{self._source.client.registry}/{self._source.name}"
            raise artifact_invalid(name, "its manifests refer to each other too deeply")
        if fetched.digest in self._seen:
            return fetched
        self._seen.add(fetched.digest)
        if isinstance(fetched.document, Index):
            for entry in fetched.document.manifests:
                self.manifest(entry.digest, None, depth + 1)
        else:
            self._blobs([fetched.document.config, *fetched.document.layers])
        self._target.put_manifest(tag or fetched.digest, fetched.content, fetched.media_type)
        for referrer, its_tag in self._referrers(fetched.digest):
            self.manifest(referrer, its_tag, depth + 1)
        return fetched

    def _referrers(self, digest: str) -> Iterator[tuple[str, str | None]]:
        """What refers to a manifest, by the standard and by the tags of cosign: version, and the tag that it has."""
        for one in self._source.referrers(digest):
            yield one.digest, None
        for suffix in ("", ".sig", ".att", ".sbom"):
            tag = fallback_tag(digest) + suffix
            if self._source.digest(tag) is not None:
                yield tag, tag

    def _blobs(self, wanted: list[Descriptor]) -> None:
        unique = list({one.digest: one for one in wanted}.values())
        self._watcher.expect(sum(one.size for one in unique))
        self.sent += sum(each(self._target.client, unique, self._blob))
        self.size += sum(one.size for one in unique)

    def _blob(self, one: Descriptor) -> int:
        """How many bytes of it had to be sent."""
        if blobs.exists(self._target, one.digest) or self._mounted(one):
            self._watcher.arrived(one.size)
            return 0
        path = blobs.fetch(self._source, one, self._store, wasm=False, arrived=blobs.unwatched)
        blobs.push(self._target, Blob(one, path), self._watcher.arrived)
        path.unlink()
        return one.size

    def _mounted(self, one: Descriptor) -> bool:
        return self._source.client.base == self._target.client.base and blobs.mount(
            self._target, one.digest, self._source.name
        )
