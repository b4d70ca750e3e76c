"""What components would be refused while they run, and what stands behind what they are granted."""

from collections.abc import Iterator

from atoll.app import App
from atoll.build.world import given, lacking_of
from atoll.capabilities import registry
from atoll.doctor.diagnosis import Diagnosis, Severity
from atoll.doctor.patient import Patient
from atoll.errors import AtollError, Problems, UserError
from atoll.host.inspected import Inspected
from atoll.manifest import grants, variables
from atoll.runtime import backends
from atoll.runtime.backends import LABELLED, OUTBOUND
from atoll.runtime.config import Loaded

_EXTRA = "pip install 'atoll["


def imports(patient: Patient, app: App) -> Iterator[Diagnosis]:
    """Imports that nobody answers, and those for which the manifest grants nothing."""
    for name in app.manifest.component:
        described = patient.wasm(name)
        if not isinstance(described, Inspected):
            continue
        try:
            keys = lacking_of(app, name, described.imports)
        except UserError as error:
            yield Diagnosis(Severity.ERROR, error)
            continue
        for key in keys:
            table, _, last = f"component.{name}.{key}".rpartition(".")
            yield Diagnosis(
                Severity.WARNING,
                UserError(
                    "grant-missing",
                    f"component `{name}` imports {_imported(described, key)}, and `{key}` grants it nothing",
                    f"if it shall have it, write `{last}` in [{table}]; calls are refused otherwise",
                    location=patient.locate(("component", name), key=True),
                ),
            )


def _imported(described: Inspected, key: str) -> str:
    names = [one.name for one in described.imports if one.room is not None and grants.key(one.name, one.room) == key]
    return " and ".join(f"`{name}`" for name in names)


def providers(patient: Patient, app: App) -> Iterator[Diagnosis]:
    """Labels that nobody configured, clients that are not installed, and variables without a value."""
    config = patient.config
    if isinstance(config, AtollError):
        for problem in config.problems if isinstance(config, Problems) else (config,):
            yield Diagnosis(Severity.ERROR, problem) if _EXTRA not in problem.message else _extra(problem)
        return
    yield from _labels(patient, app, config)
    yield from _clients(patient, app, config)
    yield from _values(patient, app, config)


def _labels(patient: Patient, app: App, config: Loaded) -> Iterator[Diagnosis]:
    for room, table in LABELLED.items():
        key = grants.ROOMS[room] or ""
        known = {*config.labelled[room], *([backends.DEFAULT] if backends.has_default(room) else [])}
        for name in app.manifest.component:
            for written in given(app, name, key) or ():
                label = str(written).partition(":")[0]
                if label not in known:
                    yield Diagnosis(
                        Severity.ERROR,
                        UserError(
                            "label-unknown",
                            f"component `{name}`: nobody stands behind `{label}` of `{key}`",
                            f"write a table [{table}.{label}] with its `type` into the runtime config "
                            "(--runtime-config-file); `atoll caps` lists the types",
                            location=app.locate(name, key, str(written)),
                        ),
                    )


def _clients(patient: Patient, app: App, config: Loaded) -> Iterator[Diagnosis]:
    """Of rooms without labels, whose clients are loaded when a guest first needs them."""
    for name in app.manifest.component:
        described = patient.wasm(name)
        rooms = {one.room for one in described.imports} if isinstance(described, Inspected) else set()
        for room in sorted(rooms & OUTBOUND.keys(), key=str):
            chosen = config.outbound[str(room)]
            key = grants.ROOMS[str(room)] or ""
            if chosen.reference is None or not given(app, name, key):
                continue
            try:
                registry.find(chosen.reference)
            except ImportError as error:
                yield Diagnosis(
                    Severity.ERROR,
                    UserError(
                        "extra-missing",
                        f"component `{name}`: {str(error).partition(': pip')[0]}",
                        f"install it: {str(error).partition(': ')[2]}",
                        location=app.locate(name, key),
                    ),
                )


def _values(patient: Patient, app: App, config: Loaded) -> Iterator[Diagnosis]:
    """Variables that have to be given."""
    if config.variables:
        return  # a provider may have them; asking it would be more than looking
    declared = app.manifest.variables
    try:
        known = variables.of_environment(declared, variables.read_environment(patient.around.folder))
    except AtollError as error:
        yield Diagnosis(Severity.ERROR, error)
        return
    for name, variable in declared.items():
        if variable.required and name not in known:
            yield Diagnosis(
                Severity.NOTE,
                UserError(
                    "variable-missing",
                    f"the required variable `{name}` has no value here",
                    f"give it with --variable {name}=VALUE or as {variables.PREFIX}{name.upper()} in the environment",
                    location=patient.locate(("variables", name), key=True),
                ),
            )


def _extra(problem: AtollError) -> Diagnosis:
    message, _, command = problem.message.partition(": pip")
    return Diagnosis(
        Severity.ERROR, UserError("extra-missing", message, f"install it: pip{command}", location=problem.location)
    )
