"""All checks on one patient, in the order in which one would mend what they find."""

from collections.abc import Iterator
from dataclasses import dataclass

from atoll.doctor.checks import files, grants, machine, routes, sources, structure, tools
from atoll.doctor.checks.tools import Tool
from atoll.doctor.diagnosis import Diagnosis, Severity
from atoll.doctor.patient import Patient, Surroundings


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, the manifest's own problems first, and the programs that build the app."""

    diagnoses: tuple[Diagnosis, ...]
    tools: tuple[Tool, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to do."""
        return all(one.severity is Severity.NOTE for one in self.diagnoses)


def examine_machine(around: Surroundings) -> Report:
    """What there is to say where there is no app."""
    return Report((*files.secrets(around.folder), *machine.machine(around.listen, None)))


def examine(patient: Patient) -> Report:
    """Look at everything; nothing is changed, nothing fetched, and no guest is run."""
    app = patient.app
    found = tools.tools(app) if app is not None else []
    diagnoses = [*written(patient), *files.secrets(patient.around.folder, patient.base)]
    if app is not None:
        diagnoses += tools.missing(app, found)
        diagnoses += sources.kinds(patient, app)
        diagnoses += sources.stale(patient, app)
        diagnoses += grants.imports(patient, app)
        diagnoses += grants.providers(patient, app)
        diagnoses += files.watched(patient, app)
        diagnoses += routes.calls(patient, app)
    return Report((*diagnoses, *machine.machine(patient.around.listen, app)), tuple(found))


def written(patient: Patient) -> Iterator[Diagnosis]:
    """What can be mended in the manifest's text."""
    yield from structure.structure(patient)
    if patient.app is not None:
        yield from sources.missing(patient, patient.app)
        yield from files.mounted(patient, patient.app)
        yield from routes.routes(patient, patient.app)
