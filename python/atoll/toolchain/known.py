"""The toolchains by name: what they are for, and the programs that they bring."""

from dataclasses import dataclass

from atoll.errors import UserError
from atoll.errors.meant import meant


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A language's way to a component.

    `parts` are what it is made of, by name. `commands` are the programs that it puts into the private bin; `machines`
    are those that it takes from the machine where they are good enough.
    """

    name: str
    about: str
    aliases: tuple[str, ...]
    parts: tuple[str, ...]
    commands: tuple[str, ...]
    machines: tuple[str, ...] = ()

    @property
    def programs(self) -> tuple[str, ...]:
        """Every program that is there once it is installed."""
        return self.commands + self.machines

    @property
    def own(self) -> set[str]:
        """The commands that no other toolchain brings."""
        return {*self.commands} - {command for one in _ALL if one is not self for command in one.commands}


_ALL = (
    Toolchain(
        "python",
        "Python, by componentize-py",
        ("py",),
        ("python-component", "componentize-py"),
        ("componentize-py", "python-component"),
    ),
    Toolchain(
        "javascript",
        "JavaScript and TypeScript, by componentize-js and QuickJS",
        ("js", "typescript", "ts"),
        ("scripts", "nodejs", "node"),
        ("js-component", "jco", "componentize-js", "componentize-qjs", "tsc", "rolldown", "wasm-opt", "component"),
        ("node", "npm", "npx"),
    ),
    Toolchain(
        "go",
        "Go, from its own compiler",
        ("golang",),
        ("scripts", "nodejs", "node", "go"),
        ("go-component", "go-bindings", "go-wasip1", "wasm-merge", "component"),
        ("go",),
    ),
    Toolchain(
        "c",
        "C, C++ and Zig, by zig",
        ("c++", "cpp", "zig"),
        ("scripts", "nodejs", "node", "zig"),
        ("zig", "component"),
    ),
    Toolchain(
        "assemblyscript",
        "AssemblyScript, by asc",
        ("as", "asc"),
        ("scripts", "nodejs", "node", "assemblyscript"),
        ("asc", "component"),
    ),
    Toolchain(
        "rust",
        "Rust, by rustup's targets or Debian's compiler",
        ("rs",),
        ("scripts", "rust"),
        ("cargo-wasm",),
        ("cargo", "rustc"),
    ),
)

TOOLCHAINS = {known.name: known for known in _ALL}
_NAMES = {name: known for known in _ALL for name in (known.name, *known.aliases)}


def known(name: str) -> Toolchain:
    """The toolchain of this name or alias. Raises UserError."""
    found = _NAMES.get(name.lower())
    if found is None:
        raise UserError(
            "toolchain-unknown",
            f"there is no toolchain `{name}`",
            meant(name, _NAMES, f"there are {', '.join(f'`{one}`' for one in TOOLCHAINS)}"),
        )
    return found
