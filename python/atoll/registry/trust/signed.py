"""How many of a rule's keys have signed an artifact, by the signatures that were kept or that its registry has.

Signatures that were good are kept beside the artifact, so that it can be loaded without its registry. They are verified
again each time: a key that a policy no longer names counts no more.
"""

import base64
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from atoll.registry.repository import Repository
from atoll.registry.store import Store
from atoll.registry.trust.policy import Rule
from atoll.registry.trust.signatures import Signature, fetched, signers

_MAX_BYTES = 4 << 20


def signed_by(rule: Rule, digest: str, store: Store, repository: Callable[[], Repository]) -> int:
    """How many keys. The registry is asked if what was kept does not do. Raises UserError `registry-*`."""
    by = len(signers(_kept(store, digest), digest, rule.keys))
    if by >= rule.threshold:
        return by
    found = fetched(repository(), digest)
    by = len(signers(found, digest, rule.keys))
    if by >= rule.threshold:
        _keep(store, digest, [one for one in found if signers([one], digest, rule.keys)])
    return by


def _kept(store: Store, digest: str) -> list[Signature]:
    try:
        with _place(store, digest).open("rb") as file:
            read = json.loads(file.read(_MAX_BYTES))
        return [
            Signature(base64.b64decode(one["payload"]), base64.b64decode(one["signature"]), str(one["type"]))
            for one in read
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # the registry has them


def _keep(store: Store, digest: str, signatures: list[Signature]) -> None:
    records = [
        {
            "type": one.payload_type,
            "payload": base64.b64encode(one.payload).decode(),
            "signature": base64.b64encode(one.signature).decode(),
        }
        for one in signatures
    ]
    path = _place(store, digest)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".signatures-")
        with os.fdopen(descriptor, "w") as file:
            json.dump(records, file)
        Path(name).replace(path)
    except OSError:
        pass  # they are asked for again


def _place(store: Store, digest: str) -> Path:
    return store.signatures / f"{digest.replace(':', '-')}.json"
