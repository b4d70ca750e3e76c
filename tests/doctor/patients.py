"""Manifests to be examined, in folders of their own."""

from collections.abc import Iterable
from pathlib import Path

from atoll.doctor import Diagnosis, Patient, Report, Surroundings, examine, plan

HEAD = 'spin_manifest_version = 2\n\n[application]\nname = "t"\ndescription = "A test."\n'
WHOLE = f"""{HEAD}
[[trigger.http]]
route = "/"
component = "c"

[component.c]
source = "c.wat"
"""


def patient(folder: Path, text: str, **around: object) -> Patient:
    """The manifest in that folder, on a free port."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "spin.toml"
    file.write_bytes(text.encode())
    surroundings = Surroundings(listen="127.0.0.1:0", folder=folder, **around)  # type: ignore[arg-type]
    return Patient.of(file, "spin.toml", surroundings)


def found(report: Report | Iterable[Diagnosis]) -> dict[str, list[Diagnosis]]:
    """The diagnoses by code."""
    codes: dict[str, list[Diagnosis]] = {}
    for one in report.diagnoses if isinstance(report, Report) else report:
        codes.setdefault(one.problem.code, []).append(one)
    return codes


def one(folder: Path, text: str, code: str, **around: object) -> Diagnosis:
    """The only diagnosis with that code."""
    diagnoses = found(examine(patient(folder, text, **around)))
    assert code in diagnoses, [each.problem.message for many in diagnoses.values() for each in many]
    (only,) = diagnoses[code]
    return only


def mended(folder: Path, text: str) -> str:
    """The manifest's text after all treatments."""
    return plan(patient(folder, text)).texts[-1]
