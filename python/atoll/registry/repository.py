"""What can be done in one repository of a registry: its manifests, its tags, and what refers to something of it."""

from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec

from atoll.errors import UserError
from atoll.registry.client import Asked, Client
from atoll.registry.documents import (
    ACCEPTED,
    INDEX,
    MAX_MANIFEST_BYTES,
    Descriptor,
    Document,
    Index,
    Manifest,
    artifact_invalid,
    decode,
)
from atoll.registry.listing import pages
from atoll.registry.reference import digest_of


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document with the bytes that its digest is of."""

    document: Document
    content: bytes
    media_type: str
    digest: str

    @property
    def descriptor(self) -> Descriptor:
        """How others refer to it."""
        return Descriptor(media_type=self.media_type, digest=self.digest, size=len(self.content))


class _Tags(msgspec.Struct):
    tags: list[str] | None = None


class _Catalog(msgspec.Struct):
    repositories: list[str] | None = None


class Repository:
    """One repository. May be used by several threads."""

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        self.name = name

    @property
    def reading(self) -> str:
        """The scope of tokens that let one read."""
        return f"repository:{self.name}:pull"

    @property
    def writing(self) -> str:
        """The scope of tokens that let one write."""
        return f"repository:{self.name}:pull,push"

    def manifest(self, version: str) -> Fetched:
        """The document of a tag or digest, verified. Raises UserError `artifact-missing`, `artifact-invalid`, …"""
        path = f"/v2/{self.name}/manifests/{version}"
        asked = Asked("GET", path, self._shown(version), self.reading, headers={"accept": ", ".join(ACCEPTED)})
        response, content = self.client.ask(asked, MAX_MANIFEST_BYTES)
        name = f"{self.client.registry}/{self._shown(version)}"
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        digest = digest_of(content, version if ":" in version else "sha256")
        promised = version if ":" in version else response.headers.get("docker-content-digest", digest)
        if promised.startswith("sha256:") and promised != digest:
            raise artifact_invalid(name, f"its manifest has the digest {digest}, not {promised}")
        return Fetched(decode(content, media_type, name), content, media_type, digest)

    def digest(self, version: str) -> str | None:
        """What a tag means now, or whether there is a digest; None if there is no such thing."""
        path = f"/v2/{self.name}/manifests/{version}"
        asked = Asked("HEAD", path, self._shown(version), self.reading, headers={"accept": ", ".join(ACCEPTED)})
        response = self.client.finds(asked)
        if response is None:
            return None
        # Registries may leave the header out.
        return response.headers.get("docker-content-digest") or self.manifest(version).digest

    def put_manifest(self, version: str, content: bytes, media_type: str) -> str:
        """Store a document under a tag or its digest; its digest. Raises UserError `registry-*`."""
        path = f"/v2/{self.name}/manifests/{version}"
        headers = {"content-type": media_type}
        self.client.ask(Asked("PUT", path, self._shown(version), self.writing, headers=headers, content=content))
        return digest_of(content)

    def tags(self) -> list[str]:
        """All tags, sorted. Raises UserError `artifact-missing` if there is no such repository."""
        asked = Asked("GET", f"/v2/{self.name}/tags/list", self.name, self.reading)
        return sorted({tag for page in pages(self.client, asked, _Tags) for tag in page.tags or ()})

    def referrers(self, digest: str, artifact_type: str | None = None) -> list[Descriptor]:
        """The manifests that have this one as their subject: of registries that know none, those under its tag."""
        path = f"/v2/{self.name}/referrers/{digest}"
        query = f"?{urlencode({'artifactType': artifact_type})}" if artifact_type else ""
        asked = Asked("GET", path + query, self._shown(digest), self.reading, headers={"accept": INDEX})
        name = f"{self.client.registry}/{self._shown(digest)}"
        try:
            response, content = self.client.ask(asked, MAX_MANIFEST_BYTES)
            if not response.headers.get("content-type", "").startswith(INDEX):
                raise UserError("artifact-missing", f"{name} has no list of referrers")
            document: Document = decode(content, INDEX, name)
        except UserError as error:
            if error.code not in ("artifact-missing", "registry-failed"):
                raise
            document = self.fallback(digest)
        listed = document.manifests if isinstance(document, Index) else []
        return [one for one in listed if artifact_type in (None, one.artifact_type)]

    def fallback(self, digest: str) -> Index:
        """The index under the tag that stands for a digest, where a registry keeps no referrers of its own."""
        try:
            found = self.manifest(fallback_tag(digest)).document
        except UserError as error:
            if error.code != "artifact-missing":
                raise
            return Index(schema_version=2, manifests=[])
        return found if isinstance(found, Index) else Index(schema_version=2, manifests=[])

    def _shown(self, version: str) -> str:
        return f"{self.name}{'@' if ':' in version else ':'}{version}"


def repositories(client: Client) -> list[str]:
    """The names of all repositories of a registry that shows them. Raises UserError `registry-*`."""
    asked = Asked("GET", "/v2/_catalog", "", "registry:catalog:*")
    return sorted({name for page in pages(client, asked, _Catalog) for name in page.repositories or ()})


def fallback_tag(digest: str) -> str:
    """The tag that stands for what refers to a digest (OCI distribution specification 1.1, referrers tag schema)."""
    return digest.replace(":", "-")[:128]


@dataclass(frozen=True, slots=True)
class Selected:
    """What a version means: the document that it names, which may be an index, and the manifest that was taken."""

    named: Fetched
    fetched: Fetched
    manifest: Manifest


def selected(repository: Repository, version: str) -> Selected:
    """The manifest that a version means: of an index, the one for wasm or the only one.

    Raises UserError `artifact-invalid` if there is none or more than one, or if indexes are nested.
    """
    named = repository.manifest(version)
    if isinstance(named.document, Manifest):
        return Selected(named, named, named.document)
    name = f"{repository.client.registry}/{repository.name}@{named.digest}"
    inner = repository.manifest(_chosen(named.document.manifests, name).digest)
    if not isinstance(inner.document, Manifest):
        raise artifact_invalid(name, "its index holds another index; one level is the most")
    return Selected(named, inner, inner.document)


def _chosen(entries: list[Descriptor], name: str) -> Descriptor:
    wasm = [one for one in entries if one.platform and "wasm" in (one.platform.architecture, one.platform.os)]
    wasm += [one for one in entries if one.platform and one.platform.architecture in ("wasm32", "wasi")]
    unique = list(dict.fromkeys(one.digest for one in wasm or entries))
    if len(unique) != 1:
        platforms = sorted(f"{one.platform.os}/{one.platform.architecture}" for one in entries if one.platform)
        raise artifact_invalid(
            name, f"it holds {len(unique)} artifacts, and none is the one for wasm: {', '.join(platforms) or 'nothing'}"
        )
    return next(one for one in entries if one.digest == unique[0])
