"""The parts of a locked app that need nothing but the manifest: metadata, variables, trigger settings."""

import datetime
import math
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from atoll.manifest import http_hosts, limits
from atoll.manifest.model import Application, Component, Inherit, Manifest, Trigger, Variable
from atoll.manifest.plain import plain

Locked = dict[str, Any]


def file_url(path: Path) -> str:
    """The path as Spin writes it: a file URL that escapes no more than it must."""
    return "file://" + quote(os.fsencode(path.absolute()), safe="/:@!$&'()*+,;=~")


def unless_empty(key: str, value: Any) -> Locked:
    """The key with its value, or nothing: empty things are left out of the locked app."""
    return {key: value} if value else {}


def variable_of(variable: Variable) -> Locked:
    """A variable; that it is required shows in its lack of a default."""
    return {key: value for key, value in plain(variable).items() if key != "required"}


def app_metadata(manifest: Manifest) -> Locked:
    """What the locked app says of the app as a whole, without its origin."""
    application = manifest.application
    triggers = _json(application.trigger)
    kinds = list(manifest.trigger)
    return {
        "name": application.name,
        **unless_empty("version", application.version),
        **unless_empty("description", application.description),
        **unless_empty("authors", application.authors),
        "triggers": triggers,
        # Old trigger plugins read the settings of the only kind of trigger from here.
        **({"trigger": triggers.get(kinds[0], {}) | {"type": kinds[0]}} if len(kinds) == 1 else {}),
        **unless_empty("atoll", _app_settings(application)),
    }


def _app_settings(application: Application) -> Locked:
    settings = application.tool.atoll
    if settings is None:
        return {}
    return {**unless_empty("features", settings.features), **unless_empty("imports", settings.imports)}


def component_metadata(component: Component) -> Locked:
    """What the locked app says of a component beside its wasm: grants, build, limits."""
    hosts = component.allowed_outbound_hosts + [
        host for host, _ in http_hosts.convert_all(component.allowed_http_hosts)
    ]
    return {
        **unless_empty("description", component.description),
        **unless_empty("allowed_outbound_hosts", hosts),
        **unless_empty("key_value_stores", component.key_value_stores),
        **unless_empty("databases", component.sqlite_databases),
        **unless_empty("ai_models", component.ai_models),
        **unless_empty("build", plain(component.build)),
        **unless_empty("atoll", _component_settings(component)),
    }


def _component_settings(component: Component) -> Locked:
    settings = component.tool.atoll
    if settings is None:
        return {}
    return {
        **unless_empty("blobstores", settings.blobstores),
        **unless_empty("limits", limits.locked(limits.LIMITS, settings.limits)),
        **unless_empty("quotas", limits.locked(limits.QUOTAS, settings.quotas)),
        **unless_empty("reuse", limits.locked(limits.REUSE, settings.reuse)),
        **unless_empty("snapshot", settings.snapshot),
        **unless_empty("messaging", settings.messaging),
    }


def trigger_config(trigger: Trigger, component: object) -> Locked:
    """A trigger's own settings, with the ids of its components."""
    config: Locked = _json(trigger.config)
    if component is not None:
        config["component"] = component
    if trigger.components:
        config["components"] = {
            role: specs if isinstance(specs, list) else [specs] for role, specs in trigger.components.items()
        }
    return config


def _json(value: Any) -> Any:
    """A TOML value as JSON can carry it: times as text, numbers that JSON does not have as null."""
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def inherit(wanted: Inherit | None) -> Locked:
    """What a dependency may use of the grants of its component; nothing by default."""
    if wanted is True:
        return {"inherit": "All"}
    return {"inherit": {"Some": wanted}} if wanted else {}
