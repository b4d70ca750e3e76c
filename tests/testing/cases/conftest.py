"""Runs tests of files as a user does, in this process."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from atoll.cli import main
from atoll.testing.cases.choosing import Chosen
from atoll.testing.cases.finding import find
from atoll.testing.cases.outcomes import Outcome
from atoll.testing.cases.run import Way, run
from tests.support import built_example

_TIME = re.compile(r"\b\d+(?:\.\d)? m?s\b")


@dataclass(frozen=True)
class Ended:
    """An `atoll test` that has ended: its exit code, and what it said."""

    code: int | str | None
    stdout: str
    stderr: str

    @property
    def told(self) -> str:
        """The same each time: without times and addresses."""
        return re.sub(r"0x[0-9a-f]+", "0x…", _TIME.sub("… s", self.stdout))


AtollTest = Callable[..., Ended]


@pytest.fixture(scope="session")
def users() -> Path:
    """The example whose users are kept in a store."""
    return built_example("examples/users-key-value", "cargo-wasm")


@pytest.fixture
def atoll_test(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> AtollTest:
    """Runs `atoll test` in a folder."""

    def run_it(folder: Path, *arguments: str) -> Ended:
        monkeypatch.chdir(folder)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["test", *arguments])
        said = capfd.readouterr()
        return Ended(ended.value.code or 0, said.out, said.err)

    return run_it


def played(folder: Path, text: str, *, name: str = "app.test.toml") -> list[Outcome]:
    """The tests of this text, which stands in a file of the folder."""
    file = folder / name
    file.write_text(text, "utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        return [*run(find([Path(name)], Chosen()), Way(chosen=Chosen(), jobs=1))]
    finally:
        os.chdir(before)


def said(outcome: Outcome) -> list[str]:
    """What a test that failed says, line by line."""
    return [line for one in outcome.differences for line in (one.what, *one.said)]


def passes(folder: Path, text: str) -> list[Outcome]:
    """The outcomes of tests that all pass."""
    outcomes = played(folder, text)
    assert [(outcome.name, said(outcome)) for outcome in outcomes if outcome.status != "passed"] == []
    assert outcomes
    return outcomes
