"""What a plugin is granted: nothing by default."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atoll.errors import UserError

_NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What a plugin may reach.

    log: its output and log messages go to the logger `atoll.guest.<name>`; else nobody sees them.
    env: environment variables.
    dirs: folders of this machine by the path under which the guest finds them; the guest only reads.
    writable_dirs: the same, where the guest may write, too.
    network: hosts that it may connect to, as `allowed_outbound_hosts` of a manifest has them.
    key_value, sqlite: stores and databases by label. Text names a namespace: a file in the state directory that all
    grants of that text share; an object is a provider. Text alone is that of the label `default`.
    variables: what `wasi:config` and Spin's variables give it.

    Raises UserError `grant-invalid` for what cannot be granted.
    """

    log: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    dirs: Mapping[str, str | Path] = field(default_factory=dict)
    writable_dirs: Mapping[str, str | Path] = field(default_factory=dict)
    network: Sequence[str] = ()
    key_value: str | Mapping[str, Any] = field(default_factory=dict)
    sqlite: str | Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.network, str):
            raise _invalid(f"network={self.network!r}", "it is a list of hosts, such as `https://api.example.com`")
        for room in ("key_value", "sqlite"):
            for label, store in by_label(getattr(self, room)).items():
                if isinstance(store, str) and not _NAMESPACE.fullmatch(store):
                    hint = "it is a provider, or a name of letters, digits, `.`, `_` and `-`"
                    raise _invalid(f"{room}={{{label!r}: {store!r}}}", hint)


def by_label(stores: str | Mapping[str, Any]) -> dict[str, Any]:
    """Stores by label, whichever way they were written."""
    return {"default": stores} if isinstance(stores, str) else dict(stores)


def _invalid(what: str, hint: str) -> UserError:
    return UserError("grant-invalid", f"Grants({what}) cannot be granted", hint)
