"""What no single value shows: references, variables, templates, dependencies, triggers and profiles."""

from atoll.errors import UserError
from atoll.errors.meant import meant
from atoll.manifest import dependencies, http, templates
from atoll.manifest.model import Component, Manifest
from atoll.manifest.positions import Path
from atoll.manifest.read import Reader
from atoll.manifest.v1 import converted_http_hosts


def check(manifest: Manifest, reader: Reader) -> None:
    """Note everything that would keep a normalised manifest from being loaded."""
    _variables(manifest, reader)
    _triggers(manifest, reader)
    http.check_application(manifest.application, reader)
    for name, component in manifest.component.items():
        _component(name, component, manifest, reader)


def unknown_component(name: str, manifest: Manifest) -> UserError:
    """The problem of whoever names a component that the app does not have."""
    return UserError("component-unknown", f"the app has no component `{name}`", meant(name, manifest.component))


def check_profile(manifest: Manifest, profile: str, reader: Reader) -> None:
    """Note a profile that no component has. Components without it are used as they are."""
    known = {name for component in manifest.component.values() for name in component.profile}
    if profile not in known:
        hint = meant(profile, known) if known else "the manifest has no profiles"
        reader.note("profile-unknown", f"no component has the profile `{profile}`", (), hint=hint)


def _variables(manifest: Manifest, reader: Reader) -> None:
    for name, variable in manifest.variables.items():
        if variable.required == (variable.default is not None):
            reader.note(
                "variable-invalid",
                f"the variable `{name}` must be `required` OR have a `default`",
                ("variables", name),
                hint="remove one of them" if variable.required else 'add `required = true` or `default = "…"`',
            )


def _triggers(manifest: Manifest, reader: Reader) -> None:
    seen: set[str] = set()
    for kind, triggers in manifest.trigger.items():
        for index, trigger in enumerate(triggers):
            path: Path = ("trigger", kind, index)
            if trigger.id in seen:
                reader.note("id-duplicate", f"another trigger has the id `{trigger.id}` already", (*path, "id"))
            seen.add(trigger.id)
            _reference(trigger.component, (*path, "component"), manifest, reader)
            for role, specs in trigger.components.items():
                for spec in specs if isinstance(specs, list) else [specs]:
                    _reference(spec, (*path, "components", role), manifest, reader)
            if kind == "http":
                http.check_trigger(trigger, path, reader)


def _reference(spec: object, path: Path, manifest: Manifest, reader: Reader) -> None:
    if isinstance(spec, str) and spec not in manifest.component:
        unknown = unknown_component(spec, manifest)
        reader.note(unknown.code, unknown.message, path, hint=unknown.hint)


def _component(name: str, component: Component, manifest: Manifest, reader: Reader) -> None:
    path: Path = ("component", name)
    for key, template in component.variables.items():
        _template(template, (*path, "variables", key), manifest, reader)
    for index, host in enumerate(component.allowed_outbound_hosts):
        _template(host, (*path, "allowed_outbound_hosts", index), manifest, reader)
    converted_http_hosts(reader, component.allowed_http_hosts, (*path, "allowed_http_hosts"))
    for key, code, message in dependencies.broken_rules(component.dependencies):
        reader.note(code, message, (*path, "dependencies", key))


def _template(text: str, path: Path, manifest: Manifest, reader: Reader) -> None:
    try:
        template = templates.parse(text)
    except ValueError as error:
        reader.note("template-invalid", f"invalid variable template: {error}", path, hint="close it with `}}`")
        return
    for variable in template.names:
        if variable not in manifest.variables:
            hint = meant(variable, manifest.variables) if manifest.variables else "declare it under [variables]"
            reader.note("variable-undeclared", f"the template uses the unknown variable `{variable}`", path, hint=hint)
