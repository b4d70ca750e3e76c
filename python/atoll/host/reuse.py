"""Reuse that the command line asks for, written into the locked app."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Reuse(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One instance for several requests. None leaves the manifest's word, or the data plane's default."""

    max_requests: int | None = None
    concurrency: int | None = None
    idle_ms: int | None = None


def with_reuse(locked: Mapping[str, Any], reuse: Reuse, handlers: Mapping[str, str]) -> dict[str, Any]:
    """The locked app with `reuse` for each component of WASI 0.3 (as `handlers` knows); the manifest's own words win.

    Components of WASI 0.2 keep a fresh instance a request: many of them cannot answer a second one.
    """
    asked = msgspec.to_builtins(reuse)
    components = [
        _with(component, asked) if handlers.get(component["id"]) == "http03" else component
        for component in locked["components"]
    ]
    return {**locked, "components": components}


def _with(component: Mapping[str, Any], asked: Mapping[str, int]) -> dict[str, Any]:
    metadata = component.get("metadata", {})
    own = metadata.get("atoll", {})
    reuse = {**asked, **own.get("reuse", {})}
    return {**component, "metadata": {**metadata, "atoll": {**own, "reuse": reuse}}}
