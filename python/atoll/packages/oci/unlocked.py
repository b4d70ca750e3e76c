"""A locked app as a manifest again, so that what was pulled is an app like any other.

What a manifest says on the machine that built the app, and must not say on the one that runs it, is left out: how it is
built, and Python objects that answer imports.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from atoll.manifest import ids, limits
from atoll.manifest.units import Unit
from atoll.packages.oci.locked import Component, Content, Dependency, LockedApp, Some
from atoll.registry.documents import artifact_invalid

FILES = "files"
_METADATA = {
    "description": "description",
    "allowed_outbound_hosts": "allowed_outbound_hosts",
    "key_value_stores": "key_value_stores",
    "databases": "sqlite_databases",
    "ai_models": "ai_models",
}
_TABLES = {"limits": limits.LIMITS, "quotas": limits.QUOTAS, "reuse": limits.REUSE}
_SETTINGS = ("blobstores", "snapshot", "messaging")

Table = dict[str, Any]


class Unlocked:
    """The manifest of a locked app. `names` are the wasm files, by digest, relative to the manifest."""

    def __init__(self, app: LockedApp, names: Mapping[str, str], name: str) -> None:
        self._app = app
        self._names = names
        self._name = name
        self._parts: Table = {}

    def manifest(self) -> Table:
        """The manifest as TOML would hold it. Raises UserError `artifact-invalid` for what cannot be one."""
        components = {one.id: self._component(one) for one in self._app.components}
        triggers: dict[str, list[Table]] = {}
        for trigger in self._app.triggers:
            table = {"id": trigger.id, **trigger.trigger_config, **self._middleware(trigger.trigger_config)}
            triggers.setdefault(trigger.trigger_type, []).append(table)
        whole: Table = {
            "spin_manifest_version": 2,
            "application": self._application(),
            "variables": {name: self._variable(one) for name, one in self._app.variables.items()},
            "trigger": triggers,
            "component": components | self._parts,
        }
        try:
            return {key: _without_null(value) for key, value in whole.items()}
        except RecursionError:
            raise self._invalid("its application is nested too deeply") from None

    def _application(self) -> Table:
        metadata = self._app.metadata
        settings = metadata.get("atoll", {})
        if not isinstance(settings, dict) or "imports" in settings:
            raise self._invalid("it names Python objects that answer its imports, which only a manifest of yours may")
        triggers = metadata.get("triggers") or _legacy(metadata.get("trigger"))
        return {
            "name": self._app.name,
            **{key: metadata[key] for key in ("version", "description", "authors") if key in metadata},
            **({"trigger": triggers} if triggers else {}),
            **({"tool": {"atoll": {"features": settings["features"]}}} if "features" in settings else {}),
        }

    def _variable(self, variable: Any) -> Table:
        given = {"description": variable.description, "default": variable.default, "secret": variable.secret or None}
        return given | ({"required": True} if variable.default is None else {})

    def _component(self, component: Component) -> Table:
        if problem := ids.kebab(component.id):
            raise self._invalid(f'the id of its component "{component.id}" {problem}')
        metadata = component.metadata
        table: Table = {
            "source": self._wasm(component.source),
            **{key: metadata[name] for name, key in _METADATA.items() if name in metadata},
            "environment": component.env,
            "variables": component.config,
            "dependencies": {name: self._dependency(component.id, one) for name, one in component.dependencies.items()},
        }
        if component.files:
            table["files"] = [{"source": f"{FILES}/{component.id}", "destination": "/"}]
        if settings := metadata.get("atoll"):
            table["tool"] = {"atoll": self._settings(settings)}
        return {key: value for key, value in table.items() if value not in ({}, [])}

    def _settings(self, settings: Any) -> Table:
        if not isinstance(settings, dict):
            raise self._invalid("the settings of a component are not a table")
        tables = {
            name: _written(keys, settings[name])
            for name, keys in _TABLES.items()
            if isinstance(settings.get(name), dict)
        }
        return {key: settings[key] for key in _SETTINGS if key in settings} | tables

    def _middleware(self, config: Table) -> Table:
        """What stands before the handler: the locked app has it with the component, the manifest with the trigger."""
        owner = next((one for one in self._app.components if one.id == config.get("component")), None)
        if owner is None or not owner.trigger_dependencies:
            return {}
        roles = owner.trigger_dependencies.items()
        return {"dependencies": {role: [self._dependency(owner.id, one) for one in many] for role, many in roles}}

    def _dependency(self, owner: str, one: Dependency) -> Table:
        inherits = one.inherit.keys if isinstance(one.inherit, Some) else one.inherit == "All" or None
        return {**self._place(owner, one), "export": one.export, "inherit_configuration": inherits or None}

    def _place(self, owner: str, one: Dependency) -> Table:
        """Where a dependency is: a component of the app, or a file; one with dependencies of its own is made one."""
        for component in self._app.components:
            if component.source == one.source and component.dependencies == one.dependencies:
                return {"component": component.id}
        if not one.dependencies:
            return {"path": self._wasm(one.source)}
        part = f"{owner}-part{len(self._parts) + 1}"
        self._parts[part] = {}  # its name is taken before those of its own are given
        named = {name: self._dependency(part, dependency) for name, dependency in one.dependencies.items()}
        self._parts[part] = {"source": self._wasm(one.source), "dependencies": named}
        return {"component": part}

    def _wasm(self, source: Content) -> str:
        name = self._names.get(source.digest or "")
        if name is None:
            raise self._invalid(f"a component has the source {source.digest}, and there is no such layer of wasm")
        return name

    def _invalid(self, why: str) -> Exception:
        return artifact_invalid(self._name, why)


def dependencies(app: LockedApp) -> Iterator[Dependency]:
    """All that components are composed with, however deep."""
    left = [one for component in app.components for one in component.dependencies.values()]
    left += [one for component in app.components for many in component.trigger_dependencies.values() for one in many]
    while left:
        one = left.pop()
        left += one.dependencies.values()
        yield one


def _without_null(value: Any) -> Any:
    """The value without what is null: TOML has no word for it."""
    if isinstance(value, dict):
        return {key: _without_null(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_null(item) for item in value if item is not None]
    return value


def _written(keys: tuple[limits.Key, ...], table: Table) -> Table:
    """Quantities under the names and with the units of manifests."""
    found = {key.name: table[key.locked] for key in keys if key.locked in table}
    times = {key.name for key in keys if key.unit is Unit.TIME}
    return {name: f"{value}ms" if name in times else value for name, value in found.items()}


def _legacy(trigger: Any) -> Table:
    """The settings of the only kind of trigger, as old artifacts have them."""
    if not isinstance(trigger, dict) or not isinstance(trigger.get("type"), str):
        return {}
    rest = {key: value for key, value in trigger.items() if key != "type"}
    return {trigger["type"]: rest} if rest else {}
