"""What the machine has of its own: programs, their versions, and standard libraries of Rust."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from atoll.toolchain import bin_folder
from atoll.toolchain.pins import DEBIAN_LINKER, DEBIAN_RUST, OLDEST_GO, OLDEST_NODE, RUST_TARGETS

_LONGEST = 20


def program(name: str) -> str | None:
    """Where the machine's own program is; the toolchains' commands do not count."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    own = [folder for folder in folders if Path(folder).absolute() != bin_folder()]
    return shutil.which(name, path=os.pathsep.join(own))


def has_node() -> bool:
    """Whether its Node.js is new enough, and has npm beside it."""
    return version("node") >= OLDEST_NODE and program("npm") is not None


def has_go() -> bool:
    """Whether its Go is new enough."""
    return version("go") >= OLDEST_GO


def has_rust() -> bool:
    """Whether it builds Rust for WebAssembly: by standard libraries for all targets, or by Debian's sources of one."""
    return not lacking_targets() or not lacking_packages()


@cache
def version(name: str) -> tuple[int, ...]:
    """Of `node` or `go`; empty where it is not there or does not say."""
    found = program(name)
    said = _said(found, "version" if name == "go" else "--version") if found else ""
    number = re.search(r"(?:go|v)(\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(part) for part in number.groups() if part is not None) if number else ()


def lacking_targets() -> list[str]:
    """The targets that the machine's rustc has no standard library for."""
    compiler = program("rustc")
    root = _said(compiler, "--print", "sysroot").strip() if compiler else ""
    libraries = Path(root, "lib", "rustlib")
    return [target for target in RUST_TARGETS if not root or not (libraries / target / "lib").is_dir()]


def lacking_packages() -> list[str]:
    """The packages of Debian's Rust that are not installed."""
    packages = (*DEBIAN_RUST, *DEBIAN_LINKER)
    if shutil.which("dpkg-query") is None:
        return [*packages]
    listed = _said("dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *packages).splitlines()
    return [name for name in packages if f"{name} installed" not in listed]


def _said(*command: str) -> str:
    """What a program prints; nothing where it fails."""
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_LONGEST, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout
