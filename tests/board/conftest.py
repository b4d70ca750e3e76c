"""A 64-bit ARM board in Debian's emulator: its own Python, and the data plane without the compiler."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import atoll
from tests.support import ROOT, needs

HOME = ROOT / "build" / "board"


@pytest.fixture(scope="session")
def board_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as it is in this checkout, but for the data plane, which is the board's."""
    if not (HOME / "_core.abi3.so").exists():
        pytest.skip("there is no board: make board")
    needs("qemu-aarch64")
    folder = tmp_path_factory.mktemp("board")
    package = folder / "atoll"
    package.mkdir()
    for path in Path(atoll.__file__).parent.iterdir():
        if path.suffix != ".so" and path.name != "__pycache__":
            (package / path.name).symlink_to(path)
    (package / "_core.abi3.so").symlink_to(HOME / "_core.abi3.so")
    return folder


class Board:
    """What is started `on` it runs there."""

    def __init__(self, packages: Path) -> None:
        self._path = f"{packages}:{HOME / 'packages'}"

    @contextmanager
    def on(self) -> Iterator[None]:
        """Tests' helpers start the board's interpreter until the block ends."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "executable", str(HOME / "python"))
            patch.setenv("PYTHONPATH", self._path)
            # It has the bytecode of another Python.
            patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
            yield


@pytest.fixture
def board(board_packages: Path) -> Board:
    """The board."""
    return Board(board_packages)
