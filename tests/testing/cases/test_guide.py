"""The files of tests in the guide do what the guide says."""

import re
import shutil
from pathlib import Path

import pytest

from tests.support import ROOT, answering, built, write_app
from tests.testing.cases.conftest import AtollTest
from tests.testing.guests import KITCHEN

pytestmark = pytest.mark.slow

GUIDE = (ROOT / "docs/guides/testing.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
[SHOWN] = re.findall(r"```console\n\$ atoll test\n(.*?)```", GUIDE, re.DOTALL)
[FAILED] = re.findall(r"```\n(  FAILED .*?)```", GUIDE, re.DOTALL)


def block(words: str) -> str:
    """The one with these words."""
    found: str
    [found] = [one for one in BLOCKS if words in one]
    return found


def test_every_block_is_one_of_these() -> None:
    assert len(BLOCKS) == 5


def test_users(users: Path, tmp_path: Path, atoll_test: AtollTest) -> None:
    for name in ("spin.toml", "users.wasm"):
        shutil.copy(users / name, tmp_path)
    file = tmp_path / "users.test.toml"
    file.write_text(block("a user is kept"))
    assert settled(atoll_test(tmp_path, "--no-build").stdout) == settled(SHOWN)
    file.write_text(block("a user is kept").replace('json-part = { name = "Ada" } }', 'json-part = { name = "Bob" } }'))
    assert settled(FAILED) in settled(atoll_test(tmp_path, "--no-build").stdout)


def settled(text: str) -> str:
    """Without times, and the numbers that are drawn."""
    text = re.sub(r"\b[\d.]+ m?s\b", "… s", text)
    return re.sub(r"\(\d+ bytes\)", "(… bytes)", re.sub(r"\d{14,}", "…", text))


def test_weather(tmp_path: Path, atoll_test: AtollTest) -> None:
    write_app(tmp_path, KITCHEN)
    (tmp_path / "weather.test.toml").write_text(block("the weather"))
    assert "1 passed" in atoll_test(tmp_path).stdout


def test_a_command_and_a_plugin(tmp_path: Path, atoll_test: AtollTest) -> None:
    (tmp_path / "count.wasm").symlink_to(built("example-cli"))
    (tmp_path / "crm.wasm").symlink_to(built("rust-plugin"))
    (tmp_path / "count.test.toml").write_text(block("count.wasm"))
    (tmp_path / "crm.test.toml").write_text(block("crm.wasm"))
    assert "2 passed" in atoll_test(tmp_path).stdout


def test_a_component_that_tests_itself(tmp_path: Path, atoll_test: AtollTest) -> None:
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    (tmp_path / "go.mod").write_text("module sums\n\ngo 1.24\n")
    (tmp_path / "sums_test.go").write_text('package sums\n\nimport "testing"\n\nfunc TestSum(t *testing.T) {}\n')
    own = block("component.sums")
    write_app(tmp_path, answering("wat-empty").replace("component.k", "component.sums").replace('"k"', '"sums"') + own)
    ended = atoll_test(tmp_path)
    assert (ended.code, "ok sums" in ended.stdout) == (0, True), ended.stderr
