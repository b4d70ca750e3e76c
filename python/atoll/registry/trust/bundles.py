"""Sigstore's bundles, which newer versions of cosign make: a statement in an envelope (DSSE 1.0, in-toto 1.0)."""

import msgspec

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
STATEMENT = "application/vnd.in-toto+json"
_SIGN = "https://sigstore.dev/cosign/sign/v1"


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


def enveloped(payload_type: str, payload: bytes) -> bytes:
    """What is signed of a payload: DSSE's "pre-authentication encoding"."""
    kind = payload_type.encode()
    return b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])


def subjects(payload: bytes) -> set[str]:
    """The digests that a statement says to be signed; an attestation of something else is no signature."""
    try:
        statement = msgspec.json.decode(payload, type=_Statement)
    except (msgspec.MsgspecError, RecursionError):
        return set()
    if statement.predicate_type != _SIGN:
        return set()
    return {f"{algorithm}:{value}" for one in statement.subject for algorithm, value in one.digest.items()}
