"""The tests in the guide pass."""

import re
from pathlib import Path

import pytest

from tests.support import ROOT, built, built_example, write_app
from tests.testing.conftest import Run
from tests.testing.guests import KITCHEN, ROOMS

pytest_plugins = ("pytester",)

GUIDE = (ROOT / "docs/guides/testing.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


def names(block: str) -> str:
    return " ".join(re.findall(r"def (test_\w+)", block))


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    """What the guide's tests are about."""
    folder = pytester.path
    users = built_example("examples/users-key-value", "cargo-wasm")
    for name in ("spin.toml", "users.wasm"):
        (folder / name).symlink_to(users / name)
    (folder / "crm.wasm").symlink_to(built("rust-plugin"))
    (folder / "moments.wasm").symlink_to(built("python-moments"))
    for name, text in {"colors": ROOMS, "weather": KITCHEN}.items():
        (folder / name).mkdir()
        write_app(folder / name, text)
    (folder / "directory.py").write_text("from tests.embed.plugins import Directory\n")
    (folder / "conftest.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    )
    return folder


def test_the_guide_has_tests() -> None:
    assert len(BLOCKS) >= 5
    assert all(names(block) for block in BLOCKS)


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS, ids=names)
def test_a_test_of_the_guide_passes(block: str, run: Run, project: Path) -> None:
    run(block).assert_outcomes(passed=len(names(block).split()))


@pytest.mark.slow
def test_the_report_in_the_guide_is_what_is_printed(run: Run, project: Path) -> None:
    ended = run(
        """
        def test_missing(atoll_app):
            app = atoll_app("spin.toml")
            app.get("/users/2")
            assert app.calls("key_value.set")
        """
    )
    [report] = re.findall(r"```\n(>.*?)```", GUIDE, re.DOTALL)
    said = ended.stdout.str()
    assert all(line in said for line in report.splitlines())
