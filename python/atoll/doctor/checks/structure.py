"""The manifest by itself: what keeps it from being read, and what is old or missing."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from atoll.doctor.diagnosis import Diagnosis, Edit, Rewrite, Severity
from atoll.doctor.edits import inserted, table
from atoll.doctor.patient import Patient
from atoll.errors import AtollError, UserError
from atoll.errors.meant import proposed
from atoll.manifest import ids, writing
from atoll.manifest.positions import Path, keys
from atoll.manifest.toml import Toml
from atoll.manifest.upgrade import upgrade

_NAMED = re.compile(r"`([^`]+)`")
_ALL_PATHS = '"/..."'


def structure(patient: Patient) -> Iterator[Diagnosis]:
    """What the manifest itself shows, the problems of its text first."""
    for problem in patient.problems:
        yield Diagnosis(Severity.ERROR, problem, _treatment(patient, problem))
    if patient.app is not None and patient.app.document.version == 1:
        yield _old(patient)
    if patient.app is not None and not patient.app.manifest.application.description:
        key = "description" if patient.app.document.version == 1 else "[application] description"
        yield Diagnosis(
            Severity.NOTE,
            UserError("description-missing", "the app says nowhere what it is for", f'write a sentence: `{key} = "…"`'),
        )


def _old(patient: Patient) -> Diagnosis:
    return Diagnosis(
        Severity.WARNING,
        UserError(
            "manifest-old",
            f"{patient.shown} is of version 1",
            "version 2 has all that is new; `atoll upgrade` prints it",
            location=patient.locate(("spin_manifest_version",)),
        ),
        Rewrite((Edit(0, len(patient.text), upgrade(patient.text, patient.shown)),)),
    )


def _treatment(patient: Patient, problem: AtollError) -> Rewrite | None:
    toml = patient.toml
    if toml is None:
        return None
    match problem.code:
        case "manifest-version-invalid":
            edits = _version(toml, problem)
        case "manifest-key-missing":
            edits = _missing(patient, toml, problem.path or ())
        case "id-invalid":
            edits = _renamed(toml, problem.path or ())
        case _:
            edits = _misspelt(toml, problem)
    return Rewrite(edits) if edits else None


def _version(toml: Toml, problem: AtollError) -> tuple[Edit, ...]:
    """The version that the rest of the manifest has."""
    (key,) = problem.path or ("",)
    span = toml.span((key,))
    if span is None:
        return ()
    return (Edit(span.key[0], span.value[1], f"spin_manifest_version = {_fitting(toml.data)}"),)


def _fitting(data: dict[str, Any]) -> str:
    is_old = "application" not in data and ("name" in data or isinstance(data.get("component"), list))
    return '"1"' if is_old else "2"


def _missing(patient: Patient, toml: Toml, path: Path) -> tuple[Edit, ...]:
    """Keys that have but one sensible value."""
    name = patient.base.name or "app"
    match path:
        case ("spin_manifest_version",):
            return (Edit(0, 0, f"spin_manifest_version = {_fitting(toml.data)}\n"),)
        case ("application",):
            return table(toml, f"[application]\nname = {writing.value(name)}\n", before=())
        case ("application", "name") | ("name",):
            return inserted(toml, path[:-1], "name", writing.value(name))
        case ("trigger",) if "application" in toml.data:
            return _trigger(toml)
        case ("trigger", "http", int(index), "route"):
            return _route(toml, index)
    return ()


def _trigger(toml: Toml) -> tuple[Edit, ...]:
    """The app's only component answers everything."""
    components = toml.data.get("component")
    if not isinstance(components, dict) or len(components) != 1:
        return ()
    (name,) = components
    block = f"[[trigger.http]]\nroute = {_ALL_PATHS}\ncomponent = {writing.value(name)}\n"
    return table(toml, block, before=("component", name))


def _route(toml: Toml, index: int) -> tuple[Edit, ...]:
    """All paths, where there is only one trigger: else nobody knows which are whose."""
    if "application" in toml.data:
        return inserted(toml, ("trigger", "http", index), "route", _ALL_PATHS) if _is_alone(toml, "trigger") else ()
    if not _is_alone(toml, "component"):
        return ()
    trigger: Path = ("component", index, "trigger")
    if toml.holds(trigger):
        return inserted(toml, trigger, "route", _ALL_PATHS)
    return table(toml, f"[component.trigger]\nroute = {_ALL_PATHS}\n")


def _is_alone(toml: Toml, key: str) -> bool:
    """Whether there is one component (version 1), or one trigger of all kinds."""
    found = toml.data.get(key)
    many = [one for kind in found.values() for one in kind] if isinstance(found, dict) else found
    return isinstance(many, list) and len(many) == 1


def _renamed(toml: Toml, path: Path) -> tuple[Edit, ...]:
    """A component's id as it may be, wherever it stands as a key; where it is named, that is a problem of its own."""
    match path:
        case ("component", str(name)):
            places = [place for each, place in keys(toml.text) if each == path]
            text = _fitting_id(name)
        case ("trigger", str(kind), int(index), "component") if span := toml.span(path):
            name, places = toml.data["trigger"][kind][index]["component"], [span.value]
            text = writing.value(_fitting_id(name))
        case _:
            return ()
    fitting = _fitting_id(name)
    namesakes = [one for one in toml.data.get("component", ()) if _fitting_id(one) == fitting]
    if ids.kebab(fitting) is not None or len(namesakes) > 1:
        return ()
    return tuple(Edit(*place, text) for place in places)


def _fitting_id(name: object) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", str(name).lower()))


def _misspelt(toml: Toml, problem: AtollError) -> tuple[Edit, ...]:
    """The name that was probably meant, where the wrong one stands."""
    close, place = proposed(problem.hint), problem.location
    wrong = _NAMED.search(problem.message)
    if close is None or place is None or wrong is None:
        return ()
    start = toml.offset(place.line, place.column)
    marked = toml.text[start : start + place.length]
    if marked.count(wrong[1]) != 1:
        return ()
    first = start + marked.index(wrong[1])
    behind = first + len(wrong[1])
    is_taken = not _is_toml(toml.text[:first] + close + toml.text[behind:])
    return () if is_taken else (Edit(first, behind, close),)


def _is_toml(text: str) -> bool:
    """No table may have a key twice, wherever its keys stand."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
