"""What the components of an app are left with in a test: labels, hosts, limits, variables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atoll.app import App
from atoll.testing.options import ROOMS, AppOptions

Labels = Mapping[str, Sequence[str]]
"""Of stores, databases, containers and brokers, by room."""

_OWN_APP = ("self", "http://self", "https://self")
_CHAINED = ".spin.internal"
_ANY = "*://*:*"


def contents(options: AppOptions) -> dict[str, Mapping[str, Any]]:
    """What the test puts into stores, by room and label."""
    given: Mapping[str, Any] = options
    return {room: given.get(room) or {} for room in ROOMS}


def labels(app: App, options: AppOptions) -> dict[str, list[str]]:
    """The labels that components are granted. A component without a manifest is granted what the test gives.

    Raises ValueError for contents of what no component is granted.
    """
    given = contents(options)
    if app.is_bare:
        return {room: [*named] for room, named in given.items()}
    granted: dict[str, list[str]] = {room: [] for room in ROOMS}
    for component in app.manifest.component.values():
        own = component.tool.atoll
        granted["key_value"] += component.key_value_stores
        granted["sqlite"] += component.sqlite_databases
        granted["blobstore"] += own.blobstores if own else []
        granted["messaging"] += [grant.partition(":")[0] for grant in own.messaging] if own else []
    for room, named in given.items():
        for label in named:
            if label not in granted[room]:
                names = ", ".join(sorted({*granted[room]})) or "none"
                raise ValueError(f"no component of {app.name} is granted {room} `{label}`; granted: {names}")
    return granted


def changed(component: dict[str, Any], options: AppOptions, limits: Mapping[str, int]) -> dict[str, Any]:
    """A component of a locked app, with the hosts and limits that the test leaves to it."""
    metadata = component.get("metadata", {})
    own = metadata.get("atoll", {})
    hosts = _hosts(metadata.get("allowed_outbound_hosts", []), options)
    own = own | {"limits": own.get("limits", {}) | limits}
    return component | {"metadata": metadata | {"allowed_outbound_hosts": hosts, "atoll": own}}


def granted_alone(component: dict[str, Any], options: AppOptions, granted: Labels) -> dict[str, Any]:
    """The component of an app without a manifest, with what the test gives."""
    network = options.get("network", False)
    metadata = {
        "key_value_stores": granted["key_value"],
        "databases": granted["sqlite"],
        "allowed_outbound_hosts": [_ANY] if network is True else [*(network or ()), *_answered([_ANY], options)],
        "atoll": {"blobstores": granted["blobstore"], "messaging": granted["messaging"]},
    }
    config = {name: [{"variable": name}] for name in options.get("variables") or {}}
    return component | {"metadata": component.get("metadata", {}) | metadata, "config": config}


def withheld(components: Iterable[dict[str, Any]], options: AppOptions) -> set[str]:
    """The hosts of the manifest that the test does not let through."""
    allowed = {host for one in components for host in one.get("metadata", {}).get("allowed_outbound_hosts", [])}
    return allowed - {*_hosts([*allowed], options)}


def _hosts(allowed: Sequence[str], options: AppOptions) -> list[str]:
    """Those that are left: what the test lets through, and what it answers itself."""
    network = options.get("network") or ()
    left = [host for host in allowed if network is True or host in network or _is_within(host)]
    return [*left, *_answered([host for host in allowed if host not in left], options)]


def _answered(allowed: Iterable[str], options: AppOptions) -> list[str]:
    """What is left of these where the test answers HTTP requests: nothing else goes to where it answers."""
    return [one for host in allowed for one in _over_http(host)] if options.get("http") else []


def _over_http(host: str) -> list[str]:
    scheme, _, rest = host.strip().partition("://")
    if scheme == "*":
        return [f"http://{rest}", f"https://{rest}"]
    return [host] if scheme.lower() in ("http", "https") else []


def _is_within(host: str) -> bool:
    """Whether it is the app itself, or a component of it. What is no host is left for the data plane to refuse."""
    named = host.partition("://")[2]
    return host in _OWN_APP or named.partition(":")[0].endswith(_CHAINED) or not named
