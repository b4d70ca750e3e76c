"""Routes that never answer, and components that nobody calls."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from atoll.app import App
from atoll.doctor.diagnosis import Diagnosis, Severity
from atoll.doctor.patient import Patient, triggers
from atoll.errors import UserError
from atoll.lock.selection import chaining_target
from atoll.manifest import writing
from atoll.manifest.model import Component, LocalDependency
from atoll.manifest.positions import Path as KeyPath

_PARAMETER = re.compile(r"(^|[/.]):[^/.]+")
# What a path of a URL may hold as it is (RFC 3986), and what routes are made of.
_PLAIN = "/:*.!$&'()+,;=@~-_%"
_RESERVED = "/.well-known/spin/"


def routes(patient: Patient, app: App) -> Iterator[Diagnosis]:
    """Routes that no request reaches."""
    first: dict[str, tuple[KeyPath, str]] = {}
    for path, trigger in triggers(app):
        route = trigger.config.get("route")
        if path[1] != "http" or not isinstance(route, str):
            continue
        here: KeyPath = (*path, "route")
        yield from _impossible(patient, here, route)
        same = first.setdefault(_shape(route), (here, route))
        if same[0] != here:
            # Of one that stands twice the last holds; of two that match the same the first.
            lost, holds = (same, (here, route)) if same[1] == route else ((here, route), same)
            place = patient.locate(holds[0])
            line = f" in line {place.line}" if place else ""
            yield Diagnosis(
                Severity.WARNING,
                UserError(
                    "route-unreachable",
                    f"the route `{lost[1]}` never answers: `{holds[1]}`{line} does",
                    "remove one of them, or give them paths that differ",
                    location=patient.locate(lost[0]),
                ),
            )


def _impossible(patient: Patient, path: KeyPath, route: str) -> Iterator[Diagnosis]:
    place = patient.locate(path)
    if f"{route}/".startswith(_RESERVED):
        message = f"the route `{route}` never answers: {_RESERVED} is the host's own"
        yield Diagnosis(Severity.WARNING, UserError("route-unreachable", message, "take another path", location=place))
    if "?" in route or "#" in route:
        message = f"the route `{route}` never answers: a path ends before `?` and `#`"
        yield Diagnosis(
            Severity.WARNING,
            UserError("route-unreachable", message, "leave out what comes after the path", location=place),
        )
    elif (escaped := quote(route, safe=_PLAIN)) != route:
        yield Diagnosis(
            Severity.WARNING,
            UserError(
                "route-unreachable",
                f"the route `{route}` never answers: paths are compared as sent, and clients escape characters",
                f"write it as clients send it: `{escaped}`",
                location=place,
            ),
            patient.rewritten(path, writing.value(escaped)),
        )


def _shape(route: str) -> str:
    """What two routes have in common that match the same paths: `crates/rules/src/routes` compares them so."""
    text = route.removesuffix("/...") + "/*" if route.endswith("/...") else route
    return _PARAMETER.sub(r"\1:", "/".join(part for part in text.split("/") if part))


def calls(patient: Patient, app: App) -> Iterator[Diagnosis]:
    """Triggers that `atoll up` does not serve, and components that nothing calls."""
    for path, _ in triggers(app):
        if path[1] not in ("http", "function"):
            yield Diagnosis(
                Severity.WARNING,
                UserError(
                    "trigger-unserved",
                    f"triggers of kind `{path[1]}` are not served",
                    "`atoll up` serves `[[trigger.http]]`",
                    location=patient.locate(path),
                ),
            )
    called = {*_called(app)}
    for name, component in app.manifest.component.items():
        if name not in called and "*" not in called and not _is_part(patient, app, component):
            yield Diagnosis(
                Severity.WARNING,
                UserError(
                    "component-unreached",
                    f"nothing calls component `{name}`",
                    "give it a trigger, or name it as a dependency or in `allowed_outbound_hosts`",
                    location=patient.locate(("component", name), key=True),
                ),
            )


def _called(app: App) -> Iterator[str]:
    """Components that a trigger calls, or another component does."""
    for _, trigger in triggers(app):
        private = isinstance(trigger.config.get("route"), dict)
        named = [*([] if private else [trigger.component])]
        for role in trigger.components.values():
            named += role if isinstance(role, list) else [role]
        yield from (one for one in named if isinstance(one, str))
    for component in app.manifest.component.values():
        yield from (target for host in component.allowed_outbound_hosts if (target := chaining_target(host)))


def _is_part(patient: Patient, app: App, component: Component) -> bool:
    """Whether another one is composed with it: by normalising, names became paths."""
    file = patient.local(component.source)
    if file is None:
        return True  # what comes from elsewhere is not told apart by its address
    used = {
        patient.local(one.path)
        for each in app.manifest.component.values()
        for one in each.dependencies.values()
        if isinstance(one, LocalDependency)
    }
    used |= {
        patient.local(path)
        for _, trigger in triggers(app)
        for many in trigger.dependencies.values()
        for one in many
        if (path := getattr(one, "path", None)) is not None
    }
    return file in used
