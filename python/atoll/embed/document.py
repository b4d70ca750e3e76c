"""A plugin as the data plane reads it: a component of a locked app, with what it was granted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from atoll.capabilities.sqlite.spin import SpinConfig
from atoll.embed.grants import Grants, by_label
from atoll.embed.limits import Limits, locked, quotas

_FILES = {"key_value": ("key-value", "sqlite"), "sqlite": ("sqlite", "embedded")}
"""Of each room with stores: the folder of their files, and the backend that answers with them."""


_BOUNDS = {"sqlite": {"max_bytes": SpinConfig().max_bytes}}
"""What a file of such a room may grow to."""


def document(name: str, limits: Limits, grants: Grants, state: Path) -> dict[str, Any]:
    """The document of one plugin."""
    # What nobody sees is not kept either.
    limited = locked(limits) if grants.log else locked(limits) | {"log_bytes": 0}
    mounts = {**grants.dirs, **grants.writable_dirs}
    component = {
        "id": name,
        "source": {},
        "env": dict(grants.env),
        "config": dict(grants.variables),
        "files": [{"source": Path(host).resolve().as_uri(), "path": guest} for guest, host in mounts.items()],
        "metadata": {
            "allowed_outbound_hosts": list(grants.network),
            "key_value_stores": list(by_label(grants.key_value)),
            "databases": list(by_label(grants.sqlite)),
            "atoll": {"limits": limited, "quotas": quotas(limits)},
        },
    }
    rooms = {room: _backends(room, by_label(getattr(grants, room)), state) for room in _FILES}
    return {
        "component": component,
        "writable": list(grants.writable_dirs),
        "fuel": limits.fuel,
        "rooms": rooms,
    }


def providers(grants: Grants, imports: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """The objects of Python that answer, by room and label."""
    given = {
        room: {label: store for label, store in by_label(getattr(grants, room)).items() if not isinstance(store, str)}
        for room in _FILES
    }
    return given | {"custom": dict(imports)}


def _backends(room: str, stores: Mapping[str, Any], state: Path) -> dict[str, dict[str, Any]]:
    folder, backend = _FILES[room]
    found = {}
    for label, store in stores.items():
        if isinstance(store, str):
            path = state / folder / f"{store}.db"
            path.parent.mkdir(parents=True, exist_ok=True)
            found[label] = {"type": backend, "path": str(path.resolve()), **_BOUNDS.get(room, {})}
        else:
            found[label] = {"type": "python"}
    return found
