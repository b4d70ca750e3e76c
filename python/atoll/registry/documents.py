"""Manifests and indexes as registries hold them (OCI image specification 1.1, Docker's second schema).

They come from strangers: size, number of layers and shape are bounded before anything is fetched that they name.
"""

from typing import Any

import msgspec
from msgspec import Struct, field

from atoll.errors import UserError
from atoll.registry.reference import is_digest

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
EMPTY = "application/vnd.oci.empty.v1+json"
ACCEPTED = (MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_INDEX)

MAX_MANIFEST_BYTES = 4 << 20
MAX_LAYERS = 1000
MAX_BLOB_BYTES = 1 << 30
MAX_TOTAL_BYTES = 8 << 30


class Platform(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What an entry of an index runs on."""

    architecture: str = ""
    os: str = ""
    variant: str | None = None


class Descriptor(Struct, kw_only=True, frozen=True, omit_defaults=True, rename="camel"):
    """A blob or manifest by digest and size in bytes."""

    media_type: str
    digest: str
    size: int
    annotations: dict[str, str] = field(default_factory=dict)
    artifact_type: str | None = None
    platform: Platform | None = None


class Manifest(Struct, kw_only=True, frozen=True, omit_defaults=True, rename="camel"):
    """One artifact: its configuration and its layers."""

    schema_version: int
    config: Descriptor
    layers: list[Descriptor]
    media_type: str | None = None
    artifact_type: str | None = None
    subject: Descriptor | None = None
    annotations: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What the artifact says that it is."""
        return self.artifact_type or self.config.media_type


class Index(Struct, kw_only=True, frozen=True, omit_defaults=True, rename="camel"):
    """Several manifests under one name."""

    schema_version: int
    manifests: list[Descriptor]
    media_type: str | None = None
    artifact_type: str | None = None
    subject: Descriptor | None = None
    annotations: dict[str, str] = field(default_factory=dict)


Document = Manifest | Index


class _Shape(Struct, rename="camel"):
    """What tells the two kinds of documents apart."""

    schema_version: int = 0
    media_type: str | None = None
    layers: Any = None
    config: Any = None
    manifests: Any = None


def decode(content: bytes, media_type: str, name: str) -> Document:
    """Read a document that came as `media_type`. Raises UserError `artifact-invalid` naming it by `name`."""
    try:
        return _decoded(content, media_type.partition(";")[0].strip().lower(), name)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise artifact_invalid(name, f"its manifest cannot be read: {error}") from None


def decode_manifest(content: bytes, name: str) -> Manifest:
    """Read a manifest that was kept. Raises UserError `artifact-invalid` for anything else."""
    try:
        media_type = msgspec.json.decode(content, type=_Shape).media_type or MANIFEST
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        media_type = MANIFEST
    document = decode(content, media_type, name)
    if not isinstance(document, Manifest):
        raise artifact_invalid(name, "it is an index, and no artifact")
    return document


def encode(document: Document) -> bytes:
    """The bytes to push. The same document always has the same bytes, and so the same digest."""
    encoded: dict[str, Any] = msgspec.to_builtins(document)
    encoded["mediaType"] = document.media_type or (MANIFEST if isinstance(document, Manifest) else INDEX)
    return msgspec.json.encode(encoded, order="sorted")


def artifact_invalid(name: str, why: str) -> UserError:
    """The error for what a registry holds under a name, and nobody can use."""
    return UserError(
        "artifact-invalid", f"{name}: {why}", "push it again, or ask whoever pushed it; nothing of it was used"
    )


def _decoded(content: bytes, media_type: str, name: str) -> Document:
    shape = msgspec.json.decode(content, type=_Shape)
    if shape.schema_version != 2:
        raise artifact_invalid(name, f"its manifest has the schema version {shape.schema_version}; 2 is needed")
    if shape.media_type not in (None, media_type):
        raise artifact_invalid(
            name, f"its manifest calls itself {shape.media_type}, and the registry calls it {media_type}"
        )
    if shape.manifests is not None and (shape.layers is not None or shape.config is not None):
        raise artifact_invalid(name, "its manifest claims to be an index and an artifact at the same time")
    if media_type in (INDEX, DOCKER_INDEX):
        index = msgspec.json.decode(content, type=Index)
        _check(index.manifests, name)
        return index
    if media_type in (MANIFEST, DOCKER_MANIFEST):
        manifest = msgspec.json.decode(content, type=Manifest)
        _check([manifest.config, *manifest.layers], name)
        return manifest
    raise artifact_invalid(name, f"{media_type or 'a document without a media type'} is not a manifest")


def _check(descriptors: list[Descriptor], name: str) -> None:
    """Nothing is asked for that could not be verified or kept."""
    if len(descriptors) > MAX_LAYERS + 1:
        raise artifact_invalid(name, f"it has {len(descriptors)} parts; {MAX_LAYERS} layers are the most")
    for one in descriptors:
        if not is_digest(one.digest):
            raise artifact_invalid(name, f'"{one.digest}" is not a digest that can be verified')
        if not 0 <= one.size <= MAX_BLOB_BYTES:
            raise artifact_invalid(
                name, f"{one.digest} is said to have {one.size} bytes; {MAX_BLOB_BYTES} are the most"
            )
    total = sum(one.size for one in descriptors)
    if total > MAX_TOTAL_BYTES:
        raise artifact_invalid(name, f"all its parts are said to have {total} bytes; {MAX_TOTAL_BYTES} are the most")
