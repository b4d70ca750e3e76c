"""What Spin's own doctor finds and cures: `tests/cases/spin/doctor-ui`."""

from pathlib import Path

import pytest

from atoll.doctor import Patient, examine, plan
from atoll.manifest.document import Document
from tests.doctor.patients import patient
from tests.support import ROOT

CASES = ROOT / "tests" / "cases" / "spin" / "doctor-ui"
# Spin's sentences, as they are said here.
SAID = {
    "Version 1 manifest can be upgraded to version 2": "is of version 1",
    "Manifest missing 'spin_manifest_version' key": "lacks the key `spin_manifest_version`",
    "Manifest 'spin_manifest_version' must be \"1\" or 2, not 1": "invalid manifest version: 1",
    "missing top-level trigger config": "lacks the key `trigger`",
    'HTTP component "bad" missing trigger.route': "`trigger.http[0]` lacks the key `route`",
}


@pytest.fixture(params=sorted(CASES.glob("*.toml")), ids=lambda file: file.stem)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Patient]:
    """A golden case, with the file beside it that its components name."""
    file: Path = request.param
    (tmp_path / "wasm").mkdir()
    (tmp_path / "wasm" / "fake.wasm").touch()
    return file, patient(tmp_path, file.read_text("utf-8"))


def test_what_spin_finds_is_found(case: tuple[Path, Patient]) -> None:
    """One thing may hide another: each state on the way is examined."""
    file, sick = case
    states = [sick, *(sick.with_text(text) for text in plan(sick).texts[1:])]
    messages = [one.problem.message for state in states for one in examine(state).diagnoses]
    for line in file.with_suffix(".diags").read_text("utf-8").splitlines():
        assert any(SAID[line] in message for message in messages), messages


def test_spins_cure_is_on_the_way_to_ours_letter_by_letter(case: tuple[Path, Patient]) -> None:
    """Spin makes one round. Here rounds are made until nothing is left, so a new version 1 becomes version 2."""
    file, sick = case
    cured = file.with_suffix(".cured").read_text("utf-8")
    assert cured.rstrip() in [text.rstrip() for text in plan(sick).texts]


def test_a_healthy_manifest_is_left_as_it_is(case: tuple[Path, Patient]) -> None:
    file, sick = case
    if file.stem == "ok_v2":
        assert plan(sick).texts == (sick.text,)
        assert not [one for one in examine(sick).diagnoses if one.problem.code.startswith("manifest-")]


def test_what_a_cure_leaves_can_be_read(case: tuple[Path, Patient]) -> None:
    file, sick = case
    text = plan(sick).texts[-1]
    if file.stem != "empty":  # it has nothing that could be called
        assert Document.settled(text.encode(), "spin.toml").version == 2


def test_no_sentence_of_spins_is_left_out() -> None:
    lines = {line for file in CASES.glob("*.diags") for line in file.read_text("utf-8").splitlines()}
    assert lines == SAID.keys()
