"""The routes of a locked app, as `up` lists them: exactly as Spin does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

_WILDCARDS = ("/...", "/*")
# Kinds of route segments by what they match first: text, a parameter, anything, a separator.
_TEXT, _PARAMETER, _WILDCARD, _SEPARATOR = range(4)


@dataclass(frozen=True, slots=True)
class Listed:
    """One route. `path` comes without its wildcard."""

    id: str
    path: str
    wildcard: bool
    description: str | None = None

    @property
    def display(self) -> str:
        """What stands behind the base address."""
        path = "" if self.path == "/" else self.path
        return f"{path} (wildcard)" if self.wildcard else path


def listed(locked: Mapping[str, Any]) -> list[Listed]:
    """The public routes in the order in which they are tried: the most specific first, else in the manifest's order.

    Of a route that stands twice the last one holds; functions may share one, for they part it by method.
    """
    descriptions = {each["id"]: each.get("metadata", {}).get("description") for each in locked["components"]}
    routes: dict[tuple[str, str], Listed] = {}
    for trigger in locked["triggers"]:
        config = trigger["trigger_config"]
        if trigger["trigger_type"] in ("http", "function") and isinstance(config.get("route"), str):
            owner = config.get("component") or trigger["id"]
            sharing = owner if trigger["trigger_type"] == "function" else ""
            routes[config["route"], sharing] = _listed(owner, config["route"], descriptions.get(owner))
    return [routes[key] for key in sorted(routes, key=lambda key: cmp_to_key(_before)(key[0]))]


def _listed(owner: str, route: str, description: str | None) -> Listed:
    path = route if route.startswith("/") else f"/{route}"
    ending = next((ending for ending in _WILDCARDS if path.endswith(ending)), None)
    stem = (path.removesuffix(ending) if ending else path).removesuffix("/")
    return Listed(owner, stem or "/", ending is not None, description)


def _before(one: str, other: str) -> int:
    """Negative where `one` is tried before `other`; the data plane's rule, see `crates/rules/src/routes`."""
    mine, theirs = _kinds(one), _kinds(other)
    for left, right in zip(mine, theirs, strict=False):
        if left != right:
            return left - right
    return _dots(other) - _dots(one) or len(mine) - len(theirs)


def _dots(route: str) -> int:
    return route.removesuffix("/...").count(".")


def _kinds(route: str) -> list[int]:
    ending = next((ending for ending in _WILDCARDS if route.endswith(ending)), None)
    stem = route.removesuffix(ending) + "/*" if ending else route
    return [_kind(part) for part in re.split(r"([/.])", stem.strip("/")) if part]


def _kind(part: str) -> int:
    if part in "/.":
        return _SEPARATOR
    if part == "*":
        return _WILDCARD
    return _PARAMETER if part.startswith(":") else _TEXT
