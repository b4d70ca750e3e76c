"""A guest with two folders gets nowhere else, and changes nothing in the one that it may only read."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import built

SECRET = "a secret of the host"
KEPT = "what may only be read"


@dataclass(frozen=True)
class Folders:
    """`ro` and `rw` are granted, `outside` is not."""

    ro: Path
    rw: Path
    outside: Path

    def run(self, guest: str, *arguments: str) -> tuple[int, str]:
        """Exit code and standard output of the guest with these folders."""
        granted = ("--dir", f"{self.ro}::/ro:ro", "--dir", f"{self.rw}::/rw")
        command = [sys.executable, "-P", "-m", "atoll", "run", str(built(guest)), *granted, "--", *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, errors="replace")
        return ended.returncode, ended.stdout


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(tmp_path / "ro", tmp_path / "rw", tmp_path / "outside")
    for folder in (made.ro, made.rw, made.outside):
        (folder / "sub").mkdir(parents=True)
    (made.outside / "secret.txt").write_text(SECRET)
    (made.ro / "kept.txt").write_text(KEPT)
    (made.rw / "own.txt").write_text("own")
    # What the owner of a folder may have put there.
    (made.rw / "to-file").symlink_to(made.outside / "secret.txt")
    (made.rw / "to-folder").symlink_to(made.outside)
    (made.rw / "up").symlink_to("../outside")
    (made.rw / "chain").symlink_to("up/secret.txt")
    return made


GUESTS = ["c-cli-p1", "c-cli-p2"]
ESCAPES = [
    "/rw/../outside/secret.txt",
    "/rw/sub/../../outside/secret.txt",
    "/rw/./sub//../..//outside/secret.txt",
    "../outside/secret.txt",
    "/outside/secret.txt",
    "/rw/to-file",
    "/rw/to-file/",
    "/rw/to-folder/secret.txt",
    "/rw/to-folder//secret.txt",
    "/rw/up/secret.txt",
    "/rw/chain",
    "/rw/chain/",
    "/rw//../../outside/secret.txt/",
    "/proc/self/environ",
    "/proc/self/fd/0",
    "/etc/passwd",
    "/rw/" + "a" * 300,
    "/rw/" + "sub/" * 2000 + "x",
    "",
]


@pytest.mark.parametrize("guest", GUESTS)
@pytest.mark.parametrize("path", ESCAPES, ids=lambda path: path[:40] or "empty")
def test_no_path_leads_out(folders: Folders, guest: str, path: str) -> None:
    assert folders.run(guest, "write", path, "overwritten")[0] != 0
    assert folders.run(guest, "truncate", path)[0] != 0
    code, said = folders.run(guest, "read", path)
    assert code != 0
    assert SECRET not in said
    assert (folders.outside / "secret.txt").read_text() == SECRET


@pytest.mark.parametrize("guest", GUESTS)
def test_a_guest_makes_no_way_out_for_itself(folders: Folders, guest: str) -> None:
    for target in (str(folders.outside), "../outside", "/etc", "sub/../../outside"):
        folders.run(guest, "symlink", target, "/rw/made")
        assert SECRET not in folders.run(guest, "read", "/rw/made/secret.txt")[1]
        assert folders.run(guest, "list", "/rw/made/")[0] != 0
        (folders.rw / "made").unlink(missing_ok=True)


@pytest.mark.parametrize("guest", GUESTS)
@pytest.mark.parametrize(
    "arguments",
    [
        ("write", "/ro/kept.txt", "x"),
        ("write", "/ro/new.txt", "x"),
        ("truncate", "/ro/kept.txt"),
        ("unlink", "/ro/kept.txt"),
        ("link", "/ro/kept.txt", "/rw/linked.txt"),
        ("link", "/rw/own.txt", "/ro/linked.txt"),
        ("rename", "/ro/kept.txt", "/rw/moved.txt"),
        ("rename", "/ro/kept.txt", "/ro/moved.txt"),
        ("rename", "/rw/own.txt", "/ro/kept.txt"),
        ("symlink", "kept.txt", "/ro/made"),
    ],
    ids=" ".join,
)
def test_what_may_only_be_read_stays_as_it_is(folders: Folders, guest: str, arguments: tuple[str, ...]) -> None:
    assert folders.run(guest, *arguments)[0] != 0
    assert sorted(os.listdir(folders.ro)) == ["kept.txt", "sub"]
    assert (folders.ro / "kept.txt").read_text() == KEPT
    assert (folders.rw / "own.txt").read_text() == "own"
    assert not (folders.rw / "linked.txt").exists()


@pytest.mark.parametrize("guest", GUESTS)
def test_in_its_own_folder_it_may_do_all_of_that(folders: Folders, guest: str) -> None:
    """The twin of the refusals above."""
    assert folders.run(guest, "write", "/rw/new.txt", "text")[0] == 0
    assert folders.run(guest, "link", "/rw/new.txt", "/rw/linked.txt")[0] == 0
    assert folders.run(guest, "rename", "/rw/linked.txt", "/rw/sub/moved.txt")[0] == 0
    assert folders.run(guest, "symlink", "new.txt", "/rw/made")[0] == 0
    assert folders.run(guest, "read", "/rw/made") == (0, "text")
    assert folders.run(guest, "truncate", "/rw/new.txt")[0] == 0
    assert (folders.rw / "sub" / "moved.txt").read_text() == ""
    assert folders.run(guest, "unlink", "/rw/new.txt")[0] == 0
    assert folders.run(guest, "churn", "/ro/kept.txt")[0] == 0


@pytest.mark.parametrize("guest", GUESTS)
def test_devices_and_pipes_in_a_folder_do_not_hang_the_host(folders: Folders, guest: str) -> None:
    os.mkfifo(folders.rw / "pipe")
    command = ["run", "--deadline", "2s", "--dir", f"{folders.rw}::/rw", str(built(guest)), "--", "read", "/rw/pipe"]
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "atoll", *command], capture_output=True, timeout=30, check=False
    )
    assert ended.returncode != 0
