"""Templates as Spin has them are installed, and rendered as Spin renders them."""

import tarfile
from pathlib import Path

import pytest

from tests.cli.conftest import Atoll, atoll
from tests.support import ROOT

__all__ = ("atoll",)

CASES = ROOT / "tests" / "cases" / "templates"


@pytest.fixture
def spins(atoll: Atoll) -> Atoll:
    """The command line, with Spin's templates installed."""
    assert atoll("templates", "install", "--dir", str(CASES)).code == 0
    return atoll


def tree(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def folders(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_dir()}


def same(made: Path, expected: str) -> None:
    assert tree(made) == tree(CASES / "expected" / expected)


@pytest.mark.parametrize("router", ["own", "axum", "none"])
def test_a_new_app(router: str, spins: Atoll, tmp_path: Path) -> None:
    said = spins(
        "new", "-t", "routed", "HTTPServer two", "-v", f"http-router={router}", "-v", "project-description=Two"
    )
    assert said.code == 0, said.err
    same(tmp_path / "HTTPServer_two", router)


def test_components_of_all_kinds_in_one_app(spins: Atoll, tmp_path: Path) -> None:
    app = tmp_path / "mine"
    lines = (
        ("new", "workspace", "mine"),
        ("add", "workspace", "the.other one", "-v", "http-path=/other"),
        ("add", "routed", "routed", "-v", "http-path=/routed", "-v", "http-router=own"),
        ("add", "redis", "first", "-v", "redis-channel=a", "-v", "redis-address=redis://r:1"),
        ("add", "redis", "second", "-v", "redis-channel=b"),
    )
    for command, *rest in lines:
        said = spins(command, *rest, *(("-f", "mine") if command == "add" else ()))
        assert said.code == 0, said.err
    same(app, "app")
    assert {"assets/mine", "assets/the.other one"} <= folders(app)
    assert not (app / "the.other_one").exists()


def test_an_archive_with_a_folder_around_it_holds_the_same(atoll: Atoll, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "spin.tar.gz", "w:gz") as archive:
        archive.add(CASES, "spin-v3.4.1")
    said = atoll("templates", "install", "--tar", "spin.tar.gz")
    assert (said.code, said.out.splitlines()) == (
        0,
        [
            "redis  ",
            "routed  Handler with a router of one's choice",
            "workspace  Handler in a workspace that all components share",
        ],
    )
    assert atoll("new", "routed", "x").code == 0
