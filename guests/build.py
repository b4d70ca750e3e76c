"""Builds the guests that tests and benchmarks run, each from source by its own language's toolchain.

`python guests/build.py` builds every guest whose sources, tools or WIT changed since the last time; names or patterns
(`c-http 'python-*'`) choose among them. What comes out lies in `build/guests/NAME.wasm`. A folder's `guest.toml` has
one table an output:

    [c-http]
    about = "hello"
    tools = "c"
    build = ["zig cc ... -o $work/core.wasm http.c", "component embed $work/core.wasm $out ..."]

Commands run in the guest's folder with the toolchains in front of the PATH; `$out`, `$work` (an empty folder) and
`$wit` are filled in. Each `wat/http/*.wat`, `wat/component/*.wat`, `wat/core/*.wat` and `wat/plugins/*.wat` is a guest
too and needs no table. An example without a `spin.toml` describes itself in a `guest.toml` as well, and so does each
part of one. `shares = ["../other/wit"]` names folders of other guests that a guest is made from too, `out = "x.wasm"` a
place for what comes out. Exit code 1: some guest could not be built.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import shutil
import string
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

GUESTS = Path(__file__).resolve().parent
ROOT = GUESTS.parent
# Guests are built before atoll is.
sys.path.insert(0, str(ROOT / "python"))
from atoll import toolchain  # noqa: E402

EXAMPLES = ROOT / "examples"
WIT = ROOT / "wit"
OUTPUT = ROOT / "build" / "guests"
TOOLCHAINS = toolchain.home()
TEST_TOOLS = ROOT / "build" / "test-tools"
# What decides of a toolchain's version, and of what it does.
PACKAGE = ROOT / "python" / "atoll" / "toolchain"
PINS = PACKAGE / "pins.py"
PINNED = {
    "python": (PINS,),
    "python-spin": (ROOT / "scripts" / "install_test_tools",),
    "rust": (PINS, PACKAGE / "scripts" / "cargo-wasm"),
}
ALL_PINNED = (PINS, PACKAGE / "packages", PACKAGE / "scripts")

WAT_COMMANDS = {
    "http": "component embed $source $out --wit $wit/wasi-0.2.12 --world http",
    "component": "component parse $source $out",
    "core": "component parse $source $out",
    "plugins": "component parse $source $out",
}


@dataclass(frozen=True)
class Guest:
    """One output: where its commands run, and what they read."""

    name: str
    folder: Path
    tools: str
    commands: tuple[str, ...]
    sources: tuple[Path, ...]
    out: Path

    @property
    def stamp(self) -> Path:
        """Where the digest of the last good build is kept."""
        return OUTPUT / ".stamps" / self.name

    def digest(self) -> str:
        """Changes when anything does that the output is made from."""
        digest = hashlib.sha256("\n".join(self.commands).encode())
        places = (WIT, *PINNED.get(self.tools, ALL_PINNED))
        for file in sorted({*self.sources, *(file for place in places for file in _files(place))}):
            digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        """Whether the output was made from what lies here now."""
        return self.out.exists() and self.stamp.exists() and self.stamp.read_text() == self.digest()


class BuildFailed(Exception):
    """A command did not end well; its output is the message."""


def _files(folder: Path) -> Iterator[Path]:
    """What a person wrote, below a folder or as a file: built modules and caches lie beside it in an example."""
    ignored = {"__pycache__", "target", "node_modules"}
    found = folder.rglob("*") if folder.is_dir() else [folder]
    files = (file for file in found if file.is_file() and file.suffix != ".wasm")
    return (file for file in files if not ignored.intersection(file.parts))


def described_guests() -> Iterator[Guest]:
    """One guest for each table of each description."""
    examples = [*EXAMPLES.glob("*/guest.toml"), *EXAMPLES.glob("*/*/guest.toml")]
    for description in sorted([*GUESTS.glob("*/guest.toml"), *examples]):
        folder = description.parent
        for name, table in tomllib.loads(description.read_text()).items():
            out = (folder / table["out"]).resolve() if "out" in table else OUTPUT / f"{name}.wasm"
            folders = [(folder / shared).resolve() for shared in (".", *table.get("shares", ()))]
            sources = [file for one in folders for file in _files(one)]
            yield Guest(name, folder, table["tools"], tuple(table["build"]), tuple(sources), out)


def text_guests() -> Iterator[Guest]:
    """One guest for each text file; its folder says what is made of it."""
    for kind, command in WAT_COMMANDS.items():
        for source in sorted((GUESTS / "wat" / kind).glob("*.wat")):
            commands = (command.replace("$source", source.name),)
            name = f"wat-{source.stem}"
            yield Guest(name, source.parent, "c", commands, (source,), OUTPUT / f"{name}.wasm")


def build(guest: Guest) -> str:
    """Runs the guest's commands and puts the output in place; returns the line to print."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"{guest.name}-") as work:
        made = Path(work) / "out.wasm"
        places = {"out": str(made), "work": work, "wit": str(WIT), "toolchains": str(TOOLCHAINS)}
        for command in guest.commands:
            _run([string.Template(word).substitute(places) for word in shlex.split(command)], guest.folder)
        guest.stamp.parent.mkdir(parents=True, exist_ok=True)
        if not made.exists():
            raise BuildFailed("its commands made no output at $out")
        shutil.move(made, guest.out)
    guest.stamp.write_text(guest.digest())
    return f"{guest.name:<24} {guest.out.stat().st_size:>12,} bytes {time.monotonic() - started:6.1f} s"


def _run(command: list[str], folder: Path) -> None:
    path = os.pathsep.join([str(TEST_TOOLS / "bin"), toolchain.search_path()])
    executable = shutil.which(command[0], path=path)
    if executable is None:
        raise BuildFailed(f"{command[0]} is not installed: run `make toolchains`")
    environment = {**os.environ, "PATH": path, "ATOLL_TOOLCHAINS": str(TOOLCHAINS)}
    ended = subprocess.run(
        [executable, *command[1:]],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise BuildFailed(f"{shlex.join(command)}\n{ended.stdout.strip()}")


def chosen(patterns: list[str], tools: str | None) -> list[Guest]:
    """The guests that match one of the patterns (all, where there is none) and need only the named tools."""
    guests = [*described_guests(), *text_guests()]
    for pattern in patterns:
        if not any(fnmatch(guest.name, pattern) for guest in guests):
            raise SystemExit(f"no guest is named {pattern}; there are: {' '.join(guest.name for guest in guests)}")
    named = [guest for guest in guests if not patterns or any(fnmatch(guest.name, pattern) for pattern in patterns)]
    return [guest for guest in named if tools is None or guest.tools in tools.split(",")]


def attempt(guest: Guest) -> bool:
    """Build and say so; whether it went well."""
    try:
        print(build(guest), flush=True)
    except BuildFailed as failure:
        print(f"{guest.name:<24} FAILED\n{failure}", file=sys.stderr, flush=True)
        return False
    return True


def main() -> int:
    """Build what the arguments choose; the exit code."""
    parser = argparse.ArgumentParser(description="Builds the guests whose sources changed.")
    parser.add_argument("guest", nargs="*", help="a name or pattern; all guests where none is given")
    parser.add_argument("--tools", help="only guests of these toolchains, such as c,python")
    parser.add_argument("--list", action="store_true", help="print the guests' names and build nothing")
    options = parser.parse_args()
    guests = chosen(options.guest, options.tools)
    if options.list:
        print("\n".join(f"{guest.name:<24} {guest.tools}" for guest in guests))
        return 0
    outdated = [guest for guest in guests if not guest.is_current()]
    with ThreadPoolExecutor(max_workers=2) as pool:
        built = list(pool.map(attempt, outdated))
    return 0 if all(built) else 1


if __name__ == "__main__":
    raise SystemExit(main())
