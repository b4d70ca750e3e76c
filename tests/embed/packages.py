"""Packages that `atoll bind` writes, for tests."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from atoll.embed.bind.files import write
from atoll.embed.bind.front import Front
from atoll.embed.bind.making import package
from atoll.embed.bind.package import Package
from atoll.embed.bind.parser import parsed
from tests.support import ROOT, built

CASES = ROOT / "tests" / "cases" / "bind"
GUESTS = (
    "rust-plugin",
    "rust-plugin-async",
    "c-plugin",
    "c-plugin-calling",
    "js-plugin",
    "core-module",
    "core-reactor",
)
SPOKEN = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): error: .*\[(?P<code>[\w-]+)\]")


def bound(file: Path, folder: Path) -> Path:
    """The package of a wasm file below `folder`, called like the file."""
    inside = folder / file.stem.replace("-", "_")
    write(inside, package(file, inside))
    return inside


def bound_wit(text: str, answers: Mapping[str, str], folder: Path) -> Path:
    """The package of a world that nobody has made: its text is as the data plane prints it."""
    files = Package(parsed(text), dict(answers), Front("world.wasm", "0" * 64, "world.wasm")).files()
    write(folder, {name: text.encode() for name, text in files.items()} | {"py.typed": b""})
    return folder


def all_bound(folder: Path) -> Path:
    """The packages of all guests that can be called, and one with hard names."""
    for guest in GUESTS:
        bound(built(guest), folder)
    imports = ("types@1.0.0", "host@1.0.0", "both@1.0.0")
    answers = {f"acme:names/{name}": "object" for name in imports} | {"tell": "object", "inline": "optional"}
    bound_wit((CASES / "names.wit").read_text("utf-8"), answers, folder / "names")
    return folder


def mypy(folder: Path, *files: Path) -> dict[str, list[str]]:
    """What `mypy --strict` says of the packages in `folder` and of the files: codes by `file:line`."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-pretty", "--follow-imports=silent"]
    command += ["--config-file=", "--explicit-package-bases", f"--cache-dir={folder / '.mypy_cache'}"]
    path = {"MYPYPATH": f"{folder}:{CASES}:{ROOT / 'python'}", "PATH": ""}
    ended = subprocess.run(
        [*command, *map(str, files)], cwd=folder, env=path, capture_output=True, text=True, check=False, timeout=300
    )
    assert ended.returncode in (0, 1), ended.stderr
    found: dict[str, list[str]] = {}
    for line in ended.stdout.splitlines():
        spoken = SPOKEN.fullmatch(line)
        if spoken:
            found.setdefault(f"{Path(spoken['file']).name}:{spoken['line']}", []).append(spoken["code"])
    assert found or ended.returncode == 0, ended.stdout
    return found


def expected(file: Path) -> dict[str, list[str]]:
    """What a case says that mypy says of it."""
    found = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        _, separator, codes = line.partition("  # ")
        if separator:
            found[f"{file.name}:{number}"] = codes.split()
    return found


def ruff(folder: Path, *arguments: str) -> str:
    """What ruff says with its own defaults; nothing if it is content."""
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr
