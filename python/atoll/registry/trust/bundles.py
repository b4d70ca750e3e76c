"""Sigstore's bundles, which newer versions of cosign make: a statement in an envelope (DSSE 1.0, in-toto 1.0)."""

import json
from typing import Any

import msgspec

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
STATEMENT = "application/vnd.in-toto+json"
_STATEMENT_1 = "https://in-toto.io/Statement/v1"
SIGN = "https://sigstore.dev/cosign/sign/v1"


class _Signed(msgspec.Struct):
    sig: bytes


class _Envelope(msgspec.Struct, rename="camel"):
    payload: bytes
    payload_type: str
    signatures: list[_Signed]


class _Bundle(msgspec.Struct, rename="camel"):
    dsse_envelope: _Envelope


class _Subject(msgspec.Struct):
    digest: dict[str, str]
    annotations: dict[str, Any] | None = None


class _Statement(msgspec.Struct, rename="camel"):
    subject: list[_Subject]
    predicate_type: str


def opened(content: bytes) -> list[tuple[str, bytes, bytes]]:
    """Type and bytes of a bundle's payload with each of its signatures; none for what is no bundle."""
    try:
        envelope = msgspec.json.decode(content, type=_Bundle).dsse_envelope
    except (msgspec.MsgspecError, RecursionError):
        return []
    return [(envelope.payload_type, envelope.payload, one.sig) for one in envelope.signatures]


def statement(digest: str, annotations: dict[str, str]) -> bytes:
    """What is said of an artifact by whoever signs it."""
    algorithm, _, value = digest.partition(":")
    # The library wants a name, and cosign gives none.
    subject = {"name": "", "digest": {algorithm: value}, **({"annotations": annotations} if annotations else {})}
    return json.dumps(
        {"_type": _STATEMENT_1, "subject": [subject], "predicateType": SIGN, "predicate": {}}, separators=(",", ":")
    ).encode()


def enveloped(payload_type: str, payload: bytes) -> bytes:
    """What is signed of a payload: DSSE's "pre-authentication encoding"."""
    kind = payload_type.encode()
    return b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])


def subjects(payload: bytes) -> set[str]:
    """The digests that a statement says to be signed; an attestation of something else is no signature."""
    return {f"{algorithm}:{value}" for one in _subjects(payload) for algorithm, value in one.digest.items()}


def annotations(payload: bytes) -> dict[str, Any]:
    """What the signer has added to a statement."""
    return {name: value for one in _subjects(payload) for name, value in (one.annotations or {}).items()}


def _subjects(payload: bytes) -> list[_Subject]:
    try:
        read = msgspec.json.decode(payload, type=_Statement)
    except (msgspec.MsgspecError, RecursionError):
        return []
    return read.subject if read.predicate_type == SIGN else []
