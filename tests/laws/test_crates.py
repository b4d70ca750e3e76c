"""The crate graph: who may depend on whom, and where Python's bindings may be named."""

import json
import shutil
import subprocess
import tomllib
from typing import Any

import pytest

from tests.support import ROOT

MAY_DEPEND_ON: dict[str, set[str]] = {
    "atoll-rules": set(),
    "atoll-bindings": set(),
    "atoll-engine": {"atoll-bindings"},
    "atoll-compose": {"atoll-engine"},
    "atoll-wit": {"atoll-engine"},
    "atoll-capabilities": {"atoll-rules", "atoll-bindings", "atoll-engine"},
    "atoll-gateway": {"atoll-rules", "atoll-bindings", "atoll-engine", "atoll-capabilities"},
    "atoll-embed": {"atoll-rules", "atoll-bindings", "atoll-engine", "atoll-capabilities", "atoll-gateway"},
    "atoll-python": {
        "atoll-rules",
        "atoll-bindings",
        "atoll-engine",
        "atoll-capabilities",
        "atoll-compose",
        "atoll-gateway",
        "atoll-embed",
        "atoll-wit",
    },
}


@pytest.fixture(scope="module")
def crates() -> dict[str, dict[str, Any]]:
    if shutil.which("cargo") is None:
        pytest.skip("cargo is not installed")
    told = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps", "--offline"], cwd=ROOT, capture_output=True, check=True
    )
    return {package["name"]: package for package in json.loads(told.stdout)["packages"]}


def test_every_crate_has_its_place(crates: dict[str, dict[str, Any]]) -> None:
    assert set(crates) == set(MAY_DEPEND_ON)


@pytest.mark.parametrize("name", MAY_DEPEND_ON)
def test_a_crate_depends_only_on_those_below_it(crates: dict[str, dict[str, Any]], name: str) -> None:
    ours = {each["name"] for each in crates[name]["dependencies"] if each["name"].startswith("atoll-")}
    assert ours <= MAY_DEPEND_ON[name]


def test_one_crate_knows_python(crates: dict[str, dict[str, Any]]) -> None:
    knows = {name for name, each in crates.items() if any(dep["name"] == "pyo3" for dep in each["dependencies"])}
    assert knows == {"atoll-python"}


def test_the_rules_and_the_engine_know_no_listener(crates: dict[str, dict[str, Any]]) -> None:
    for name in ("atoll-rules", "atoll-engine"):
        assert not {"hyper", "hyper-util", "socket2"} & {each["name"] for each in crates[name]["dependencies"]}


def test_python_and_rust_have_one_version() -> None:
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    from atoll import __version__

    assert cargo == project == __version__
