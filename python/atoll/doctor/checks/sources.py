"""The wasm files: whether they are there, what they are, and whether they are what their sources make of them."""

import os
from collections.abc import Iterator

from atoll.app import App
from atoll.build.inputs import Records, sources
from atoll.build.steps import Step, steps
from atoll.doctor.diagnosis import Build, Diagnosis, Severity
from atoll.doctor.nearby import nearby, there_is
from atoll.doctor.patient import Patient, triggers
from atoll.errors import AtollError, UserError
from atoll.host.inspected import Inspected
from atoll.manifest import writing
from atoll.manifest.model import LocalDependency, Trigger, TriggerPath
from atoll.manifest.positions import Path as KeyPath

_HTTP = ("http02", "http03", "spin-http")
_COMMANDS = ("command01", "command02", "command03")


def missing(patient: Patient, app: App) -> Iterator[Diagnosis]:
    """Paths of wasm files that lead nowhere."""
    made = {patient.local(one.source) for one in app.manifest.component.values()}
    for name, component in app.manifest.component.items():
        path: KeyPath = ("component", name, "source")
        file = patient.local(component.source)
        if file is not None and not file.is_file():
            built = name if component.build else None
            yield _missing(patient, f"component `{name}`", path, str(component.source), built)
    for path, text in _dependencies(app):
        file = patient.local(text)
        if file is not None and file not in made and not file.is_file():
            yield _missing(patient, f"a dependency of `{path[1]}`", path, text, None)


def _dependencies(app: App) -> Iterator[tuple[KeyPath, str]]:
    for name, component in app.manifest.component.items():
        for key, dependency in component.dependencies.items():
            if isinstance(dependency, LocalDependency):
                yield ("component", name, "dependencies", key, "path"), dependency.path
    for path, trigger in triggers(app):
        for role, many in trigger.dependencies.items():
            for index, one in enumerate(many):
                if isinstance(one, TriggerPath):
                    yield (*path, "dependencies", role, index, "path"), one.path


def _missing(patient: Patient, whose: str, path: KeyPath, written: str, built: str | None) -> Diagnosis:
    message = f'{whose}: the wasm file "{written}" does not exist'
    place = patient.locate(path)
    if built is not None:
        return Diagnosis(Severity.ERROR, UserError("source-missing", message, "build it", location=place), Build(built))
    found = nearby(patient.base, written)
    remedy = there_is(found) if found else "mend the path, or say how it is built"
    other = patient.rewritten(path, writing.value(found[0])) if len(found) == 1 else None
    return Diagnosis(Severity.ERROR, UserError("source-missing", message, remedy, location=place), other)


def kinds(patient: Patient, app: App) -> Iterator[Diagnosis]:
    """Files that are not what their component has to be."""
    for name, component in app.manifest.component.items():
        described = patient.wasm(name)
        path: KeyPath = ("component", name, "source")
        if isinstance(described, AtollError):
            treatment = Build(name) if component.build else None
            problem = UserError(
                described.code,
                f"component `{name}`: {described.message}",
                described.hint,
                location=patient.locate(path),
            )
            yield Diagnosis(Severity.ERROR, problem, treatment)
        elif described is not None:
            wrong = next((wrong for trigger in _http(app, name) if (wrong := _unfit(trigger, described))), None)
            if wrong is not None:
                code, message, remedy = wrong
                yield Diagnosis(
                    Severity.ERROR,
                    UserError(code, f"component `{name}`: {message}", remedy, location=patient.locate(path)),
                )


def _http(app: App, component: str) -> Iterator[Trigger]:
    return (one for path, one in triggers(app) if path[1] == "http" and one.component == component)


def _unfit(trigger: Trigger, described: Inspected) -> tuple[str, str, str] | None:
    """Code, sentence and remedy where the trigger cannot call the file."""
    executor = trigger.config.get("executor", {})
    if isinstance(executor, dict) and executor.get("type") == "wagi":
        if described.handler in _COMMANDS:
            return None
        return "guest-not-command", "a `wagi` trigger calls a command, and this is none", "remove `executor`"
    if described.handler in _HTTP:
        return None
    if described.handler in _COMMANDS:
        remedy = 'build it with an HTTP handler, or call it by `executor = { type = "wagi" }`'
        return "guest-no-handler", "it is a command, and an HTTP trigger calls a handler", remedy
    if described.form == "core module" and described.runs_as != "component":
        remedy = "build it as a component: for WASI 0.2, or by a tool that wraps modules"
        return "guest-not-component", "it is a core module where a component is wanted", remedy
    return "guest-no-handler", described.problem or "it has no HTTP handler", "export `wasi:http/incoming-handler`"


def stale(patient: Patient, app: App) -> Iterator[Diagnosis]:
    """Sources that changed after what was built of them."""
    records = Records(app.base)
    try:
        todo = steps(app)
    except AtollError as error:
        yield Diagnosis(Severity.ERROR, error)
        return
    for step in todo:
        newer = _newer(step)
        if newer is not None and not records.is_current(step):
            yield Diagnosis(
                Severity.WARNING,
                UserError(
                    "build-stale",
                    f"component `{step.component}`: `{newer}` changed after it was built",
                    "build it again",
                    location=step.place,
                ),
                Build(step.component),
            )


def _newer(step: Step) -> str | None:
    """A source that is newer than what is made of it."""
    built = 0 if step.output is None else _changed(str(step.output))
    newer = (one for one in sources(step) if built and _changed(one) > built)
    return next((os.path.relpath(one, step.folder) for one in newer), None)


def _changed(file: str) -> int:
    """When it was written; 0 where it is not there, which is said of the file itself."""
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0
