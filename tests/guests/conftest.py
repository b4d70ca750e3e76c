"""What tests of guests share."""

import os
from pathlib import Path

import pytest

from tests.guests.python_component import Projects


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Projects:
    """Components of the projects in `tests/cases/python_component`."""
    base = tmp_path_factory.getbasetemp()
    folder = Path(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "python-components"
    folder.mkdir(exist_ok=True)
    return Projects(folder)
