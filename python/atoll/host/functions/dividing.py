"""An app with functions as two: what is served, and the functions behind its doors."""

from pathlib import Path
from typing import Any

from atoll.host.functions import KIND
from atoll.lock.parts import file_url

_DOOR = Path(__file__).with_name("gateway.wat")
_DEADLINE_MS = 30_000
# A function's own deadline ends first, so that there is an answer; and clients may send and receive slowly.
_LONGER_MS = 60_000
_CONCURRENCY = 4_096
RESPONSE_BYTES = 16 << 20
"""What a function may print unless its limits say more: responses are held as a whole."""


def divided(locked: dict[str, Any]) -> dict[str, Any]:
    """The app whose routes of functions lead to doors; the app of the functions stands in its metadata.

    A door has its function's name, which is what logs and metrics tell; that of a path that several share has the first
    one's.
    """
    ways = [one for one in locked["triggers"] if one["trigger_type"] == KIND]
    if not ways:
        return locked
    names = {one["trigger_config"]["component"] for one in ways}
    behind = [_bounded(one) for one in locked["components"] if one["id"] in names]
    owners: dict[str, str] = {}
    for one in ways:
        owners.setdefault(one["trigger_config"]["route"], one["trigger_config"]["component"])
    inner = {**locked, "triggers": [_call(one["id"]) for one in behind], "components": behind}
    functions = {"locked": inner, "ways": [one["trigger_config"] for one in ways]}
    metadata = locked["metadata"]
    return {
        **locked,
        "triggers": [
            *(one for one in locked["triggers"] if one["trigger_type"] != KIND),
            *(_route(owner, number, route) for number, (route, owner) in enumerate(owners.items(), 1)),
        ],
        "components": [
            *(one for one in locked["components"] if one["id"] not in names),
            *(_door(name, behind) for name in dict.fromkeys(owners.values())),
        ],
        "metadata": {**metadata, "atoll": {**metadata.get("atoll", {}), "functions": functions}},
    }


def _door(name: str, behind: list[dict[str, Any]]) -> dict[str, Any]:
    longest = max(one["metadata"]["atoll"]["limits"].get("deadline_ms", _DEADLINE_MS) for one in behind)
    return {
        "id": name,
        "source": {"content_type": "application/wasm", "source": file_url(_DOOR)},
        "metadata": {"atoll": {"limits": {"deadline_ms": longest + _LONGER_MS, "concurrency": _CONCURRENCY}}},
    }


def _bounded(component: dict[str, Any]) -> dict[str, Any]:
    metadata = component.get("metadata", {})
    atoll = metadata.get("atoll", {})
    limits = {"response_bytes": RESPONSE_BYTES, **atoll.get("limits", {})}
    return {**component, "metadata": {**metadata, "atoll": {**atoll, "limits": limits}}}


def _route(door: str, number: int, route: str) -> dict[str, Any]:
    config = {"component": door, "route": route}
    return {"id": f"{door}-{number}", "trigger_type": "http", "trigger_config": config}


def _call(component: str) -> dict[str, Any]:
    """The trigger by which the gateway calls a function; its argument is the component's name alone."""
    config = {"component": component, "route": f"/{component}", "executor": {"type": "wagi", "argv": component}}
    return {"id": f"call-{component}", "trigger_type": "http", "trigger_config": config}
