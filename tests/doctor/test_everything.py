"""Whatever the manifest: doctor comes to an end, and what it mends is better than it was."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atoll.doctor import Patient, Rewrite, plan
from tests.doctor.patients import WHOLE, patient
from tests.laws.source import files
from tests.manifest.conftest import GOLDENS, table
from tests.support import ROOT

MANIFESTS = sorted(
    file for file in files() if file.suffix == ".toml" and b"spin_" in file.read_bytes() and "library" not in file.parts
)
TABLE = table("manifests")


def check(sick: Patient) -> None:
    """The fixed point: nothing is left that could be mended, and what could be read can be read."""
    planned = plan(sick)
    assert [one.problem.message for one in planned.after.diagnoses if isinstance(one.treatment, Rewrite)] == []
    assert planned.patient.app is not None or sick.app is None
    if sick.toml is not None:
        tomllib.loads(planned.texts[-1])


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_manifest_of_the_repository_can_be_treated(tmp_path: Path, file: Path) -> None:
    check(patient(tmp_path, file.read_text("utf-8", "replace")))


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["name"])
def test_every_manifest_of_spins_table_can_be_treated(tmp_path: Path, case: dict[str, str]) -> None:
    check(patient(tmp_path, case["toml"]))


def test_there_are_manifests_to_be_treated() -> None:
    assert len(MANIFESTS) > 30
    assert any(file.is_relative_to(GOLDENS) for file in MANIFESTS)


def test_a_key_is_not_renamed_to_one_that_is_there(tmp_path: Path) -> None:
    old = '[[component]]\nid = "a"\nsource = "a.wasm"\n[component.trigger]\nroute = "/a"\n_oute = "/b"\n'
    check(patient(tmp_path, f'spin_version = "1"\nname = "x"\nversion = "1.0.0"\ntrigger = {{ type = "http" }}\n{old}'))


TEXTS = [file.read_text("utf-8", "replace") for file in MANIFESTS if file.stat().st_size < 4_000] + [WHOLE]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.sampled_from(TEXTS), data=st.data())
def test_a_damaged_manifest_is_treated_without_a_crash(tmp_path: Path, text: str, data: st.DataObject) -> None:
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "double", "letter", "swap"])):
            case "drop":
                del lines[at : at + 1]
            case "double":
                lines.insert(at, lines[at])
            case "letter" if lines[at]:
                place = data.draw(st.integers(0, len(lines[at]) - 1))
                letter = data.draw(st.sampled_from(['"', "_", "x", "é", "[", "=", " ", "#", "0"]))
                lines[at] = lines[at][:place] + letter + lines[at][place + 1 :]
            case _:
                lines[at], lines[-1] = lines[-1], lines[at]
        lines = lines or [""]
    check(patient(tmp_path, "\n".join(lines)))
