"""What a test that fails says, and what a file says that is none: each is a file, with its text beside it."""

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from atoll.testing.cases.schema import schema
from tests.support import ROOT, built
from tests.testing.cases.conftest import AtollTest, played, said

CASES = ROOT / "tests/cases/test"
FAILURES = sorted((CASES / "failures").glob("*.test.toml"))
INVALID = sorted((CASES / "invalid").glob("*.test.toml"))


def stem(file: Path) -> str:
    return file.name.removesuffix(".test.toml")


def test_the_files_are_there() -> None:
    assert (len(FAILURES), len(INVALID)) == (6, 6)


@pytest.mark.slow
@pytest.mark.parametrize("file", FAILURES, ids=stem)
@pytest.mark.usefixtures("users")
def test_a_failure_says_what_was_expected_and_what_came(file: Path, atoll_test: AtollTest) -> None:
    for guest in ("rust-kitchen", "rust-cli-p2", "rust-plugin"):
        built(guest)
    ended = atoll_test(file.parent, "--no-build", file.name)
    assert (ended.told, ended.stderr) == (file.with_name(f"{stem(file)}.txt").read_text("utf-8"), "")
    assert ended.code == 1


@pytest.mark.parametrize("file", INVALID, ids=stem)
def test_a_file_that_is_none_says_where_and_why(file: Path, atoll_test: AtollTest) -> None:
    ended = atoll_test(file.parent, file.name)
    assert (ended.stderr, ended.stdout) == (file.with_name(f"{stem(file)}.txt").read_text("utf-8"), "")
    assert ended.code == 1


def test_a_crash_shows_where_the_guest_was(tmp_path: Path) -> None:
    text = f'source = "{built("rust-kitchen")}"\n[[test]]\nname = "a"\nrequest = {{ path = "/panic" }}\n'
    [outcome] = played(tmp_path, text)
    assert said(outcome)[:2] == ["GET /panic: response.status", "expected a status from 200 to 299, got 500"]
    log = dict(outcome.sections)["guest log"]
    assert "panicked at src/misbehave.rs:9:21" in log
    assert "guest-trapped" in log


def test_the_schema_takes_what_the_reader_takes() -> None:
    validator = Draft202012Validator(schema())
    Draft202012Validator.check_schema(schema())
    files = [*FAILURES, *(ROOT / "examples").glob("*/*.test.toml")]
    assert len(files) > len(FAILURES)
    for file in files:
        assert [*validator.iter_errors(tomllib.loads(file.read_text("utf-8")))] == []
    refused = tomllib.loads((CASES / "invalid/keys.test.toml").read_text("utf-8"))
    assert len([*validator.iter_errors(refused)]) > 0
