"""The policy of a machine: which artifacts it takes, by registry, by who has signed them, or by digest.

`--policy`, `ATOLL_POLICY`, `$XDG_CONFIG_HOME/atoll/policy.toml` or `/etc/atoll/policy.toml`, the first that there is.
Without one everything is taken. The first rule whose `artifacts` match is the one that counts.
"""

import fnmatch
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from atoll.errors import UserError
from atoll.manifest.toml import Toml, with_line
from atoll.registry.reference import is_digest
from atoll.registry.trust.identities import Identity
from atoll.registry.trust.services import Services

if TYPE_CHECKING:
    from atoll.registry.trust.keys import PublicKey
    from atoll.registry.trust.signatures import Signatory

_SYSTEM = Path("/etc/atoll/policy.toml")
_MAX_RULES = 1000


class _Identity(msgspec.Struct, forbid_unknown_fields=True):
    identity: Annotated[str, msgspec.Meta(min_length=1)]
    issuer: Annotated[str, msgspec.Meta(min_length=1)]


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    artifacts: list[str]
    keys: list[str] = msgspec.field(default_factory=list)
    identities: list[_Identity] = msgspec.field(default_factory=list)
    threshold: int = 1
    digests: list[str] = msgspec.field(default_factory=list)
    take: Literal["signed", "any", "none"] = "signed"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: Literal[1]
    otherwise: Literal["any", "none"] = "none"
    sigstore: str | None = None
    rule: list[_Rule] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rule:
    """What is needed of the artifacts whose HOST/REPOSITORY matches one of the patterns.

    Either `digests` holds theirs, or `threshold` of the `keys` and `identities` have signed them; with none of these,
    `anything` says whether all are taken or none.
    """

    patterns: tuple[str, ...]
    keys: "tuple[PublicKey, ...]"
    identities: tuple[Identity, ...]
    threshold: int
    digests: frozenset[str]
    anything: bool

    @property
    def signatories(self) -> "tuple[Signatory, ...]":
        """Whoever may have signed: keys first, which are verified in less time."""
        return (*self.keys, *self.identities)

    @property
    def counted(self) -> str:
        """How many those are, for messages."""
        identities = f"{len(self.identities)} identities"
        if not self.identities:
            return f"{len(self.keys)} keys"
        return f"{len(self.keys)} keys and {identities}" if self.keys else identities

    def matches(self, name: str) -> bool:
        """Whether the rule is about artifacts of that HOST/REPOSITORY."""
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules, in their order. `file` is where they are from; None for no policy at all."""

    file: Path | None
    rules: tuple[Rule, ...]
    otherwise: bool

    @classmethod
    def find(cls, given: str | None = None) -> "Policy":
        """The policy of this machine. Raises UserError `policy-invalid`, also if one was named and is not there."""
        named = given or os.environ.get("ATOLL_POLICY")
        if named:
            return cls.load(Path(named))
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        for path in (home / "atoll" / "policy.toml", _SYSTEM):
            if path.exists():
                return cls.load(path)
        return cls(None, (), otherwise=True)

    @classmethod
    def load(cls, file: Path) -> "Policy":
        """Read a policy with its keys, which are PEM or files beside it, and what it says of Sigstore's services.

        Raises UserError `policy-invalid`.
        """
        try:
            data = Toml.from_bytes(file.read_bytes(), str(file)).data
            read = msgspec.convert(data, type=_File)
            services = Services.beside(file, read.sigstore) if read.sigstore is not None else None
            rules = tuple(_rule(one, services, file) for one in read.rule[: _MAX_RULES + 1])
        except OSError as error:
            raise _invalid(file, f"it cannot be read: {error.strerror}") from None
        except msgspec.ValidationError as error:
            raise _invalid(file, str(error)) from None
        except UserError as error:
            raise error if error.code == "policy-invalid" else _invalid(file, with_line(error)) from None
        if len(rules) > _MAX_RULES:
            raise _invalid(file, f"it has more than {_MAX_RULES} rules")
        return cls(file.absolute(), rules, otherwise=read.otherwise == "any")

    def rule(self, name: str) -> Rule:
        """The rule for artifacts of that HOST/REPOSITORY: the first that matches, or the one for all others."""
        found = next((rule for rule in self.rules if rule.matches(name)), None)
        return found or Rule(("*",), (), (), 1, frozenset(), self.otherwise)


def _rule(rule: _Rule, services: Services | None, file: Path) -> Rule:
    if not rule.artifacts:
        raise _invalid(file, "a rule names no `artifacts`")
    for digest in rule.digests:
        if not is_digest(digest):
            raise _invalid(file, f'"{digest}" is not a digest')
    keys = tuple({key.fingerprint: key for key in (_key(text, file) for text in rule.keys)}.values())
    identities = tuple(dict.fromkeys(_identity(one, services, file) for one in rule.identities))
    anyone = bool(keys or identities)
    if rule.take != "signed" and (anyone or rule.digests):
        raise _invalid(file, f'a rule has keys, identities or digests, and takes "{rule.take}" all the same')
    if rule.take == "signed" and not anyone and not rule.digests:
        raise _invalid(file, "a rule takes signed artifacts, and names neither keys, identities nor digests")
    read = Rule(tuple(rule.artifacts), keys, identities, rule.threshold, frozenset(rule.digests), rule.take == "any")
    if not 1 <= rule.threshold <= max(len(read.signatories), 1):
        raise _invalid(file, f"a rule wants {rule.threshold} of {read.counted}")
    return read


def _identity(one: _Identity, services: Services | None, file: Path) -> Identity:
    if services is None:
        raise _invalid(file, "a rule names identities, and `sigstore` names no client trust config to know them by")
    return Identity(one.identity, one.issuer, services)


def _key(text: str, file: Path) -> "PublicKey":
    # Machines without a policy start sooner without the mathematics.
    from atoll.registry.trust.keys import PublicKey

    if text.lstrip().startswith("-----BEGIN"):
        return PublicKey.read(text.encode(), f"in {file}")
    return PublicKey.load(file.parent / text)


def _invalid(file: Path, why: Any) -> UserError:
    return UserError(
        "policy-invalid", f"the policy {file} cannot be used: {why}", "mend it; until then nothing is taken"
    )
