"""`atoll man`: pages that the programs for manual pages take without a word."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Atoll

LINTERS = (
    ["mandoc", "-T", "lint", "-W", "warning"],
    ["groff", "-man", "-ww", "-z", "-Tutf8"],
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all pages."""
    from click.testing import CliRunner

    from atoll.cli import cli

    folder = tmp_path_factory.mktemp("man")
    ended = CliRunner().invoke(cli, ["man", "--dir", str(folder)])
    assert ended.exit_code == 0
    assert sorted(ended.output.splitlines()) == sorted(map(str, folder.iterdir()))
    return folder


@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter[0])
def test_the_pages_are_in_order(pages: Path, linter: list[str]) -> None:
    if shutil.which(linter[0]) is None:
        pytest.skip(f"{linter[0]} is not installed")
    for file in pages.iterdir():
        ended = subprocess.run([*linter, str(file)], capture_output=True, text=True, check=False)
        assert (ended.stdout, ended.stderr) == ("", "")


def test_there_is_a_page_of_each_command(pages: Path) -> None:
    names = {file.name for file in pages.iterdir()}
    assert {"atoll.1", "atoll-up.1", "atoll-doctor.1", "atoll-toolchain.1", "atoll-toolchain-install.1"} <= names


def test_man_shows_a_page_as_one_reads_it(pages: Path) -> None:
    if shutil.which("man") is None:
        pytest.skip("man is not installed")
    page = pages / "atoll-doctor.1"
    environment = {**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"}
    shown = subprocess.run(["man", "-l", str(page)], env=environment, capture_output=True, text=True, check=True).stdout
    for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
        assert f"\n{title}\n" in shown
    assert "       -y, --yes\n              With --fix: do not ask.\n" in shown
    assert "       atoll doctor --fix               # mend what can be mended\n" in shown
    assert "ATOLL_LISTEN\n" in shown
    assert "atoll(1)" in shown


def test_a_page_is_printed_by_the_commands_words(atoll: Atoll) -> None:
    assert atoll("man", "toolchain", "install").out.startswith(".TH ATOLL\\-TOOLCHAIN\\-INSTALL 1 ")
    assert atoll("man").out.startswith(".TH ATOLL 1 ")


def test_the_day_can_be_given(atoll: Atoll) -> None:
    said = atoll("man", "up", env={"SOURCE_DATE_EPOCH": "86400"})
    assert said.out.splitlines()[0].startswith(".TH ATOLL\\-UP 1 1970-01-02 ")


def test_a_command_that_is_none_has_one_that_is_near(atoll: Atoll) -> None:
    assert "did you mean `toolchain`?" in atoll("man", "tolchain").err
    said = atoll("man", "up", "x")
    assert (said.code, said.out) == (1, "")
    assert "`atoll up` has no command `x`" in said.err
