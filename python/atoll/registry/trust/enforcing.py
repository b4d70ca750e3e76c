"""Holds artifacts against the policy: when they are pulled, and each time that they are loaded from what was kept."""

from collections.abc import Callable

from atoll.errors import UserError
from atoll.registry.reference import Reference
from atoll.registry.repository import Repository
from atoll.registry.store import Store
from atoll.registry.trust.policy import Policy


def enforce(policy: Policy, reference: Reference, store: Store, repository: Callable[[], Repository]) -> None:
    """Raises UserError `policy-denied` for an artifact that the policy does not take; its digest has to be known.

    The registry is asked for signatures if those that were kept do not do. Raises UserError `registry-*` as well, and
    `sigstore-invalid` or `extra-missing` where it depends on identities.
    """
    rule = policy.rule(f"{reference.registry}/{reference.repository}")
    digest = reference.digest or ""
    if digest in rule.digests or rule.anything:
        return
    if not rule.signatories:
        only = "it takes only certain digests from there" if rule.digests else "it takes nothing from there"
        raise _denied(policy, reference, only)
    # Machines without a policy start sooner without the mathematics.
    from atoll.registry.trust.signed import signed_by

    by = signed_by(rule, digest, store, repository)
    if by < rule.threshold:
        raise _denied(policy, reference, f"{by} of its {rule.counted} have signed it, and {rule.threshold} must")


def _denied(policy: Policy, reference: Reference, why: str) -> UserError:
    return UserError(
        "policy-denied",
        f"{reference} is not taken: by the policy {policy.file} {why}",
        f"have it signed (`atoll sign {reference.registry}/{reference.repository}@{reference.digest}`), or have a rule "
        "written for it",
    )
