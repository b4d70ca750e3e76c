"""From a file to a plugin."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from atoll.embed.configuration import in_use
from atoll.embed.document import document, providers
from atoll.embed.grants import Grants
from atoll.embed.limits import Limits
from atoll.embed.plugin import Plugin
from atoll.embed.types import Types
from atoll.errors import UserError
from atoll.host.core import calling

Source = str | os.PathLike[str] | bytes


def load(
    source: Source,
    *,
    name: str | None = None,
    imports: Mapping[str, object] | None = None,
    limits: Limits | None = None,
    grants: Grants | None = None,
) -> Plugin:
    """Load a component: a path, or the bytes themselves; binary or text (WAT).

    name: what logs and errors call it; by default the file's name without its ending.
    imports: objects that answer the interfaces it imports, by their names in WIT, with or without a version. The
    methods are checked against the WIT now.
    limits: what one call may use. grants: what it may reach; nothing by default.

    It is compiled once a machine: compiled code is kept in the cache directory. Raises UserError, or Problems with
    everything that is wrong.
    """
    wasm, stem = _read(source)
    name = name or stem
    configuration, settings = in_use()
    granted = grants or Grants()
    described = json.dumps(document(name, limits or Limits(), granted, configuration.state_dir))
    types = Types()
    with calling() as module:
        types.core = module.Library(wasm, described, settings, providers(granted, imports or {}), types)
    return Plugin(name, wasm, types)


def _read(source: Source) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, "plugin"
    path = Path(source)
    try:
        return path.read_bytes(), path.stem
    except OSError as error:
        why = error.strerror or error
        raise UserError("guest-unreadable", f"`{path}` cannot be read: {why}", "build the component first") from None
