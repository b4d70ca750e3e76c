"""The driver that builds guests: it builds what changed, says what failed, and its table is whole."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the driver with one guest, whose toolchain is `cp`."""
    guests = tmp_path / "guests"
    (guests / "one").mkdir(parents=True)
    (tmp_path / "wit").mkdir()
    shutil.copy(ROOT / "guests" / "build.py", guests / "build.py")
    (guests / "one" / "source").write_bytes(b"\0asm")
    describe(tmp_path, "cp source $out")
    return tmp_path


def describe(checkout: Path, command: str) -> None:
    (checkout / "guests" / "one" / "guest.toml").write_text(f'[one]\ntools = "c"\nbuild = ["{command}"]\n')


def drive(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / "guests" / "build.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_guest_is_built_once_and_again_only_when_its_source_changed(checkout: Path) -> None:
    first = drive(checkout)
    assert (first.returncode, first.stdout.split()[:2]) == (0, ["one", "4"])
    assert drive(checkout).stdout == ""

    (checkout / "guests" / "one" / "source").write_bytes(b"\0asm\1")
    assert drive(checkout).stdout.split()[:2] == ["one", "5"]
    assert (checkout / "build" / "guests" / "one.wasm").read_bytes() == b"\0asm\1"


def test_a_guest_is_built_again_when_its_wit_changed(checkout: Path) -> None:
    drive(checkout)
    (checkout / "wit" / "worlds.wit").write_text("package a:b;")
    assert drive(checkout).stdout.startswith("one")


def test_a_command_that_fails_is_shown_and_leaves_the_last_good_output(checkout: Path) -> None:
    drive(checkout)
    describe(checkout, "cp missing $out")
    failed = drive(checkout)
    assert failed.returncode == 1
    assert "cp missing" in failed.stderr
    assert (checkout / "build" / "guests" / "one.wasm").read_bytes() == b"\0asm"


def test_a_command_that_makes_nothing_fails(checkout: Path) -> None:
    describe(checkout, "true")
    failed = drive(checkout)
    assert (failed.returncode, "made no output" in failed.stderr) == (1, True)


def test_a_tool_that_is_not_installed_names_the_installer(checkout: Path) -> None:
    describe(checkout, "no-such-compiler $out")
    failed = drive(checkout)
    assert (failed.returncode, "make toolchains" in failed.stderr) == (1, True)


def test_an_unknown_guest_is_refused_with_the_names_there_are(checkout: Path) -> None:
    refused = drive(checkout, "two")
    assert refused.returncode == 1
    assert refused.stderr.strip() == "no guest is named two; there are: one"


def test_every_folder_of_guests_describes_one_and_no_name_is_used_twice() -> None:
    listed = [line.split()[0] for line in drive(ROOT, "--list").stdout.splitlines()]
    assert len(listed) == len(set(listed))
    ours = {"wat", "__pycache__"}
    folders = [folder for folder in (ROOT / "guests").iterdir() if folder.is_dir() and folder.name not in ours]
    assert all((folder / "guest.toml").exists() for folder in folders)
    texts = list((ROOT / "guests" / "wat").glob("*/*.wat"))
    assert {f"wat-{text.stem}" for text in texts} <= set(listed)
