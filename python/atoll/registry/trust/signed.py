"""How many of those whom a rule names have signed an artifact, by the signatures that were kept or its registry has.

Signatures that were good are kept beside the artifact, so that it can be loaded without its registry. They are verified
again each time: a key or an identity that a policy no longer names counts no more.
"""

import base64
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from atoll.files import read_bounded, replace
from atoll.registry.repository import Repository
from atoll.registry.store import Store
from atoll.registry.trust.policy import Rule
from atoll.registry.trust.signatures import Signatory, Signature, fetched, signers

_MAX_BYTES = 4 << 20


def signed_by(rule: Rule, digest: str, store: Store, repository: Callable[[], Repository]) -> int:
    """How many, but no more than the rule wants. The registry is asked if what was kept does not do.

    Raises UserError `registry-*`, and as identities do.
    """
    by = _good(rule, digest, _kept(store, digest))
    if len(by) >= rule.threshold:
        return len(by)
    found = fetched(repository(), digest)
    by = _good(rule, digest, found)
    if len(by) >= rule.threshold:
        # Of the keys all, which take no time.
        _keep(store, digest, [one for one in found if signers([one], digest, [*rule.keys, *by])])
    return len(by)


def _good(rule: Rule, digest: str, signatures: list[Signature]) -> list[Signatory]:
    """Those who have signed; nobody is looked for any more when there are enough."""
    signed = (who for who in rule.signatories if signers(signatures, digest, [who]))
    return list(islice(signed, rule.threshold))


def _kept(store: Store, digest: str) -> list[Signature]:
    try:
        read = json.loads(read_bounded(_place(store, digest), _MAX_BYTES))
        return [
            Signature(
                base64.b64decode(one["payload"]),
                base64.b64decode(one["signature"]),
                str(one["type"]),
                # What was kept before there were any has none.
                base64.b64decode(one.get("bundle", "")),
            )
            for one in read
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []  # the registry has them


def _keep(store: Store, digest: str, signatures: list[Signature]) -> None:
    records = [
        {
            "type": one.payload_type,
            "payload": base64.b64encode(one.payload).decode(),
            "signature": base64.b64encode(one.signature).decode(),
            "bundle": base64.b64encode(one.bundle).decode(),
        }
        for one in signatures
    ]
    path = _place(store, digest)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace(path, json.dumps(records).encode(), mode=0o600)
    except OSError:
        pass  # they are asked for again


def _place(store: Store, digest: str) -> Path:
    return store.signatures / f"{digest.replace(':', '-')}.json"
