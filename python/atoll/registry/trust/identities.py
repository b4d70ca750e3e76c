"""Identities that sign without keys of their own: a name, and who vouches for it.

A certificate of a few minutes binds a key that is thrown away to the name; a log and a timestamp say that the key
signed while the certificate was good. All of that is in the signature's bundle: nobody is asked when it is verified.
"""

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from atoll.errors import UserError
from atoll.registry.trust.services import Services

if TYPE_CHECKING:
    from atoll.registry.trust.signatures import Signature


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, exactly: an e-mail address or URI, and the URL of the issuer that knows it."""

    identity: str
    issuer: str
    services: Services

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.identity} ({self.issuer})"

    @property
    def record(self) -> dict[str, str]:
        """For `--json`."""
        return {"identity": self.identity, "issuer": self.issuer}

    def has_signed(self, signature: "Signature") -> bool:
        """Whether it is a signature of theirs. Raises UserError `sigstore-invalid`, `extra-missing`."""
        return not self.refusal(signature)

    def refusal(self, signature: "Signature") -> str:
        """Why it is no signature of theirs; empty if it is one. Raises UserError as `has_signed` does."""
        if not signature.bundle:
            return "it was made with a key"
        reason: str = library().refusal(self, signature)
        return reason


def library() -> ModuleType:
    """What knows Sigstore. Raises UserError `extra-missing`."""
    # A second of imports, for which only those wait who ask for an identity.
    try:
        from atoll.registry.trust import keyless
    except ImportError as missing:
        raise UserError("extra-missing", str(missing), "install the extra that the message names") from None
    return keyless
