"""Signatures of artifacts in cosign's format (specs/SIGNATURE_SPEC.md of sigstore/cosign); bundles are read as well.

What is signed is a small JSON document that names the artifact's digest. It is a layer of a manifest that has the
artifact as its subject, and the tag `sha256-….sig` for registries and tools that know no subjects.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import msgspec

from atoll.errors import UserError
from atoll.registry import blobs
from atoll.registry.blobs import Blob
from atoll.registry.documents import EMPTY, INDEX, MANIFEST, Descriptor, Index, Manifest, encode
from atoll.registry.reference import digest_of
from atoll.registry.repository import Repository, fallback_tag
from atoll.registry.trust import bundles
from atoll.registry.trust.bundles import BUNDLE, SIGN, STATEMENT, enveloped, opened, subjects
from atoll.registry.trust.keys import PrivateKey

ARTIFACT_TYPE = "application/vnd.dev.cosign.artifact.sig.v1+json"
PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE = "dev.cosignproject.cosign/signature"
_IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
_TYPE = "cosign container image signature"
# Lists that were made by hand may call a bundle by its configuration.
_SIGNED = (ARTIFACT_TYPE, BUNDLE, EMPTY, None)
_MAX_PAYLOAD_BYTES = 256 << 10
_MAX_SIGNATURES = 100


class _Image(msgspec.Struct, rename={"digest": "docker-manifest-digest"}):
    digest: str


class _Identity(msgspec.Struct, rename={"reference": "docker-reference"}):
    reference: str = ""


class _Critical(msgspec.Struct):
    image: _Image
    type: str
    identity: _Identity


class _Payload(msgspec.Struct):
    critical: _Critical
    optional: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What somebody has signed, and how; not yet verified.

    `payload_type` is empty for cosign's own payload. `bundle` is the whole of a bundle, which says more of who signed.
    """

    payload: bytes
    signature: bytes
    payload_type: str = ""
    bundle: bytes = b""

    @property
    def message(self) -> bytes:
        """The bytes that were signed."""
        return enveloped(self.payload_type, self.payload) if self.payload_type else self.payload

    def names(self, digest: str) -> bool:
        """Whether it is the signature of that artifact."""
        if self.payload_type:
            return self.payload_type == STATEMENT and digest in subjects(self.payload)
        try:
            critical = msgspec.json.decode(self.payload, type=_Payload).critical
        except (msgspec.MsgspecError, RecursionError):
            return False
        return critical.type == _TYPE and critical.image.digest == digest

    @property
    def annotations(self) -> dict[str, Any]:
        """What the signer has added."""
        if self.payload_type:
            return bundles.annotations(self.payload)
        return msgspec.json.decode(self.payload, type=_Payload).optional or {}


class Signatory(Protocol):
    """Whoever has to have signed something: a key, or an identity."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def record(self) -> dict[str, str]:
        """For `--json`."""

    def has_signed(self, signature: Signature) -> bool:
        """Whether it is a signature of theirs."""


Who = TypeVar("Who", bound=Signatory)


def made(key: PrivateKey, reference: str, digest: str, annotations: dict[str, str]) -> Signature:
    """Sign an artifact of that name (HOST/REPOSITORY) and digest."""
    payload = json.dumps(
        {
            "critical": {
                "identity": {"docker-reference": reference},
                "image": {"docker-manifest-digest": digest},
                "type": _TYPE,
            },
            "optional": annotations or None,
        },
        separators=(",", ":"),
    ).encode()
    return Signature(payload, key.sign(payload))


def signers(signatures: Iterable[Signature], digest: str, signatories: Iterable[Who]) -> list[Who]:
    """Those of them who have signed that artifact. Raises UserError as they do."""
    about = [one for one in signatures if one.names(digest)]
    return [who for who in signatories if any(who.has_signed(one) for one in about)]


def fetched(repository: Repository, digest: str) -> list[Signature]:
    """All signatures that the registry has of an artifact. Raises UserError `registry-*`, `artifact-invalid`."""
    found = [one.digest for one in repository.referrers(digest) if one.artifact_type in _SIGNED]
    tagged = repository.digest(signature_tag(digest))
    versions = list(dict.fromkeys([*found, *([tagged] if tagged else [])]))[:_MAX_SIGNATURES]
    layers: dict[tuple[str, str], Descriptor] = {}
    for version in versions:
        document = repository.manifest(version).document
        if isinstance(document, Manifest):
            layers |= {(one.digest, one.annotations.get(SIGNATURE, "")): one for one in document.layers}
    known = [one for one in layers.values() if one.media_type in (PAYLOAD, BUNDLE)][:_MAX_SIGNATURES]
    return [one for layer in known for one in _of_layer(repository, layer)]


def attach(repository: Repository, subject: Descriptor, signature: Signature) -> str:
    """Add a signature to those of an artifact; the digest of the manifest that holds it.

    Raises UserError `registry-*`.
    """
    return (
        _attach_bundle(repository, subject, signature) if signature.bundle else _attach(repository, subject, signature)
    )


def signature_tag(digest: str) -> str:
    """The tag under which tools look for signatures of an artifact."""
    return f"{fallback_tag(digest)}.sig"


def _attach(repository: Repository, subject: Descriptor, signature: Signature) -> str:
    """With all others, under the tag where tools look for them."""
    tag = signature_tag(subject.digest)
    before = repository.manifest(tag).document if repository.digest(tag) is not None else None
    old = before.layers if isinstance(before, Manifest) else []
    encoded = base64.b64encode(signature.signature).decode()
    new = Blob.of(signature.payload, PAYLOAD, {SIGNATURE: encoded})
    layers = [*old, new.descriptor]
    config = Blob.of(_config(layers), _IMAGE_CONFIG)
    manifest = Manifest(
        schema_version=2,
        config=config.descriptor,
        layers=layers,
        artifact_type=ARTIFACT_TYPE,
        subject=subject,
    )
    return _put(repository, subject, manifest, (config, new), tag)


def _attach_bundle(repository: Repository, subject: Descriptor, signature: Signature) -> str:
    """As an artifact of its own, which cosign finds among the referrers by its annotations."""
    config, bundle = Blob.of(b"{}", EMPTY), Blob.of(signature.bundle, BUNDLE)
    annotations = {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": SIGN,
        "org.opencontainers.image.created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    manifest = Manifest(
        schema_version=2,
        config=config.descriptor,
        layers=[bundle.descriptor],
        artifact_type=BUNDLE,
        subject=subject,
        annotations=annotations,
    )
    return _put(repository, subject, manifest, (config, bundle))


def _put(
    repository: Repository, subject: Descriptor, manifest: Manifest, new: tuple[Blob, ...], tag: str | None = None
) -> str:
    """Push an artifact and what is new of its blobs, and have it among the referrers of `subject`; its digest."""
    for blob in new:
        blobs.push(repository, blob, blobs.unwatched)
    content = encode(manifest)
    digest = repository.put_manifest(tag or digest_of(content), content, MANIFEST)
    entry = Descriptor(
        media_type=MANIFEST,
        digest=digest,
        size=len(content),
        artifact_type=manifest.artifact_type,
        annotations=manifest.annotations,
    )
    _list(repository, subject.digest, entry)
    return digest


def _of_layer(repository: Repository, layer: Descriptor) -> list[Signature]:
    """The signatures of a layer; none for one that holds none."""
    try:
        content = blobs.content(repository, layer, _MAX_PAYLOAD_BYTES)
        if layer.media_type == BUNDLE:
            return [Signature(payload, signature, kind, content) for kind, payload, signature in opened(content)]
        return [Signature(content, base64.b64decode(layer.annotations.get(SIGNATURE, ""), validate=True))]
    except (binascii.Error, ValueError):
        return []
    except UserError as error:
        if error.code != "artifact-invalid":
            raise
        return []


def _config(layers: list[Descriptor]) -> bytes:
    """What container tools want to see of anything that is a manifest."""
    diffs = [one.digest for one in layers]
    return msgspec.json.encode(
        {"architecture": "", "config": {}, "os": "", "rootfs": {"diff_ids": diffs, "type": "layers"}}
    )


def _list(repository: Repository, subject: str, entry: Descriptor) -> None:
    """Name the manifest in the index that stands for a list of referrers, where a registry keeps none itself."""
    if any(one.digest == entry.digest for one in repository.referrers(subject)):
        return
    index = repository.fallback(subject)
    # cosign's own that were there before are layers of the new one.
    others = [one for one in index.manifests if not one.artifact_type == entry.artifact_type == ARTIFACT_TYPE]
    content = encode(Index(schema_version=2, manifests=[*others, entry]))
    repository.put_manifest(fallback_tag(subject), content, INDEX)
