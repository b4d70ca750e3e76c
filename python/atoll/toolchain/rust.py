"""Rust for WebAssembly: standard libraries by rustup, or else Debian's compiler with the sources of one."""

import os
import shutil

from atoll.errors import UserError
from atoll.toolchain import machine
from atoll.toolchain.fetching import fetch
from atoll.toolchain.pins import DEBIAN_LINKER, DEBIAN_RUST, DEBIAN_RUST_VERSION

_APT = {"DEBIAN_FRONTEND": "noninteractive"}


def install(what: str) -> None:
    """Open one of the two ways. Raises UserError with what stands in the way of the last one."""
    rustup = machine.program("rustup")
    if rustup is not None:
        try:
            fetch(what, "Rust's distribution", [rustup, "target", "add", *machine.lacking_targets()])
        except UserError:
            if shutil.which("apt-get") is None:
                raise
        else:
            return
    _install_packages(what)


def _install_packages(what: str) -> None:
    packages = [f"{name}={DEBIAN_RUST_VERSION}" for name in DEBIAN_RUST] + [*DEBIAN_LINKER]
    apt = shutil.which("apt-get")
    if apt is None:
        raise UserError(
            "toolchain-rust-missing",
            f"{what} cannot be installed: there is no rustup, and no apt-get for Debian's packages",
            "install rustup, then run this again",
        )
    if os.geteuid() != 0:
        raise UserError(
            "toolchain-needs-root",
            f"{what} cannot be installed: Debian's packages are for root to install, and rustup cannot bring it",
            f"as root: `apt-get install {' '.join(packages)}`; or install rustup, then run this again",
        )
    fetch(what, "Debian's archive", [apt, "update", "-qq"], _APT)
    fetch(what, "Debian's archive", [apt, "install", "-qq", "--yes", "--no-install-recommends", *packages], _APT)
