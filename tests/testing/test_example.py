"""The example's tests pass, and show what its README says when one fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, built_example, needs
from tests.testing.conftest import Run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "examples/testing"


@pytest.fixture
def example(pytester: pytest.Pytester) -> Path:
    """A copy of the example, beside those that it tests."""
    needs("componentize-py")
    built_example("examples/users-sqlite", "componentize-py-spin-5.0.0")
    subprocess.run([sys.executable, "guests/build.py", "example-json"], cwd=ROOT, check=True)
    for name in ("users-sqlite", "plugins"):
        (pytester.path / name).symlink_to(ROOT / "examples" / name)
    folder = pytester.mkdir("testing")
    for file in EXAMPLE.glob("*.py"):
        (folder / file.name).write_text(file.read_text("utf-8"))
    return folder


def test_the_example_s_tests_pass(run: Run, example: Path) -> None:
    run("", "testing").assert_outcomes(passed=9)


def test_one_that_fails_shows_the_statements(run: Run, example: Path) -> None:
    file = example / "test_users.py"
    file.write_text(file.read_text().replace("== (201,", "== (200,"))
    ended = run("", "testing", "-k", "a_user_is_kept")
    ended.assert_outcomes(failed=1, deselected=8)
    statement = "sqlite?'default'?.execute('INSERT INTO users*, ?'Ada', 'ada@example.com'?)*"
    ended.stdout.fnmatch_lines(["*- host calls of users-sqlite -*", statement])
