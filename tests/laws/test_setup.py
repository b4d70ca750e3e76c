"""What a fresh machine is set up with is all that the checks and tests need."""

import re
import tomllib

from tests.support import ROOT


def test_set_up_installs_the_clients_of_every_backend() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    installed = re.search(r"^EXTRAS := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert installed is not None
    assert set(installed[1].split(",")) == set(extras) - {"all"}
    assert extras["all"] == [f"atoll[{installed[1]}]"]
