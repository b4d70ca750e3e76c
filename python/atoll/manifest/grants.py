"""Which key of the manifest grants what an import reaches."""

from collections.abc import Mapping

HOSTS = "allowed_outbound_hosts"
OBJECTS = "application.tool.atoll.imports"
"""Names Python objects that answer what nobody else does."""

ROOMS: Mapping[str, str | None] = {
    "blobstore": "tool.atoll.blobstores",
    "key_value": "key_value_stores",
    "llm": "ai_models",
    "logging": None,
    "messaging": "tool.atoll.messaging",
    "mqtt": HOSTS,
    "mysql": HOSTS,
    "otel": None,
    "postgres": HOSTS,
    "redis": HOSTS,
    "sqlite": "sqlite_databases",
    "variables": "variables",
}
"""Of each room of the data plane; None where every component has it."""

_WASI = {
    "wasi:cli/environment": "environment",
    "wasi:filesystem/": "files",
    "wasi:http/client": HOSTS,
    "wasi:http/outgoing-handler": HOSTS,
    "wasi:sockets/": HOSTS,
    "wasi_snapshot_preview1#environ_": "environment",
    "wasi_snapshot_preview1#fd_prestat_": "files",
    "wasi_snapshot_preview1#path_": "files",
}
"""By how an import's name begins; the rest of WASI has nothing to be granted."""


def key(name: str, room: str | None) -> str | None:
    """The key that grants what the import `name` reaches, which this room answers, or WASI; None if nothing is needed.

    Keys of atoll's own tables are written from their table on: `tool.atoll.blobstores`.
    """
    if room is not None:
        return ROOMS.get(room)
    return next((granted for begin, granted in _WASI.items() if name.startswith(begin)), None)
