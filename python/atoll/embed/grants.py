"""What a plugin is granted: nothing by default."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from atoll.errors import UserError

STORES = {"key_value": ("get", "set"), "sqlite": ("open",)}
"""The rooms with stores, and some methods by which their providers can be told."""

_VARIABLE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
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
    grants of that text share; True stands for one of the plugin's own, by its name; an object is a provider. Text or
    True alone is that of the label `default`.
    variables: what `wasi:config` and Spin's variables give it.

    Raises UserError `grant-invalid` for what cannot be granted.
    """

    log: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    dirs: Mapping[str, str | Path] = field(default_factory=dict)
    writable_dirs: Mapping[str, str | Path] = field(default_factory=dict)
    network: Sequence[str] = ()
    key_value: bool | str | Mapping[str, Any] = field(default_factory=dict)
    sqlite: bool | str | Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_plain(self)
        _check_folders(self)
        for room, methods in STORES.items():
            _check_stores(room, getattr(self, room), methods)


def owned(grants: Grants, owner: str) -> Grants:
    """The same for the plugin of that name: a store of its own has the namespace `OWNER.LABEL`."""
    rooms = {room: by_label(getattr(grants, room)) for room in STORES}
    if not any(store is True for stores in rooms.values() for store in stores.values()):
        return grants
    named: dict[str, Any] = {
        room: {label: f"{owner}.{label}" if store is True else store for label, store in stores.items()}
        for room, stores in rooms.items()
    }
    return replace(grants, **named)


def _check_plain(grants: Grants) -> None:
    if not isinstance(grants.log, bool):
        raise _invalid(f"log={grants.log!r}", "it is True or False")
    if isinstance(grants.network, str) or not all(isinstance(host, str) for host in grants.network):
        raise _invalid(f"network={grants.network!r}", "it is a list of hosts, such as `https://api.example.com`")
    for name in ("env", "variables"):
        texts = getattr(grants, name)
        if not isinstance(texts, Mapping) or not all(isinstance(text, str) for pair in texts.items() for text in pair):
            raise _invalid(f"{name}={texts!r}", "it is a mapping of texts to texts")
    for variable in grants.variables:
        if not _VARIABLE.fullmatch(variable):
            raise _invalid(f"variables={{{variable!r}: …}}", "a variable is of lower-case words joined by `_`")


def _check_folders(grants: Grants) -> None:
    for name in ("dirs", "writable_dirs"):
        folders = getattr(grants, name)
        if not isinstance(folders, Mapping) or not all(
            isinstance(path, str) and isinstance(folder, str | os.PathLike) for path, folder in folders.items()
        ):
            hint = 'it is a mapping of the guest\'s paths to folders of this machine: `{"/data": "./data"}`'
            raise _invalid(f"{name}={folders!r}", hint)
    for path in {*grants.dirs} & {*grants.writable_dirs}:
        hint = "the path stands in `writable_dirs` as well; the guest has one folder there"
        raise _invalid(f"dirs={{{path!r}: …}}", hint)


def _check_stores(room: str, stores: object, methods: Sequence[str]) -> None:
    if not isinstance(stores, bool | str | Mapping):
        raise _invalid(f"{room}={stores!r}", "it is True, a name, or a mapping of labels to stores")
    for label, store in by_label(stores).items():
        if not _is_store(store, methods):
            hint = "it is a provider, True, or a name of letters, digits, `.`, `_` and `-`"
            raise _invalid(f"{room}={{{label!r}: {store!r}}}", hint)


def _is_store(store: object, methods: Sequence[str]) -> bool:
    if isinstance(store, str):
        return _NAMESPACE.fullmatch(store) is not None
    return store is True or all(hasattr(store, method) for method in methods)


def by_label(stores: bool | str | Mapping[str, Any]) -> dict[str, Any]:
    """Stores by label, whichever way they were written."""
    if isinstance(stores, bool):
        return {"default": True} if stores else {}
    return {"default": stores} if isinstance(stores, str) else dict(stores)


def _invalid(what: str, hint: str) -> UserError:
    return UserError("grant-invalid", f"Grants({what}) cannot be granted", hint)
