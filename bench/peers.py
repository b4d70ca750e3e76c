"""The peers that are not in the system's packages, in the user's cache directory.

`python bench/peers.py` (`make bench-peers`) installs what is missing of `wasmtime serve` and `workerd`: wasmtime is
built from the crate registry, an interrupted build goes on where it stopped; workerd comes from npm. `python
bench/peers.py packages`, a part of `make bench`, installs extism and wasmtime from PyPI into a folder of their own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

WASMTIME = "48.0.8"
WORKERD = "1.20261117.1"
EXTISM = "1.1.1"
WASMTIME_PY = "50.0.1"
# The library behind Extism's package, which would take any.
_EXTISM_SYS = "1.41.0"


def wasmtime() -> Path | None:
    """The installed binary, if it is of the version that atoll is measured against."""
    binary = _home() / "bin" / "wasmtime"
    if not binary.exists():
        return None
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout.split()
    return binary if said[1:2] == [WASMTIME] else None


def workerd() -> Path | None:
    """The same of workerd; its folder's name holds the version."""
    return next(_workerd_home().glob("node_modules/@cloudflare/workerd-*/bin/workerd"), None)


def packages() -> Path | None:
    """The folder with the Python packages extism and wasmtime, if they were installed."""
    folder = _packages_home()
    return folder if folder.exists() else None


def install_packages() -> int:
    """Install the packages of Python if they are missing; the first exit code that is not 0."""
    home = _packages_home()
    if home.exists():
        return 0
    wanted = [f"extism=={EXTISM}", f"extism-sys=={_EXTISM_SYS}", f"wasmtime=={WASMTIME_PY}"]
    with tempfile.TemporaryDirectory(dir=_made(_home())) as folder:
        quiet = ["--quiet", "--disable-pip-version-check"]
        code = _run([sys.executable, "-m", "pip", "install", *quiet, "--target", f"{folder}/packages", *wanted])
        if code == 0:
            Path(folder, "packages").rename(home)
    return code


def install() -> int:
    """Install what is missing; the first exit code that is not 0."""
    return _install_wasmtime() or _install_workerd()


def _install_wasmtime() -> int:
    """Build it; the build's intermediate files are removed at the end."""
    if wasmtime():
        print(f"wasmtime {WASMTIME} is installed")
        return 0
    target = _home() / "target"
    command = ["cargo", "install", "wasmtime-cli", "--version", WASMTIME, "--locked", "--force"]
    code = _run([*command, "--root", str(_home()), "--target-dir", str(target)])
    if code == 0:
        shutil.rmtree(target, ignore_errors=True)
    return code


def _install_workerd() -> int:
    if workerd():
        print(f"workerd {WORKERD} is installed")
        return 0
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
    return _run(["npm", "install", "--prefix", str(_workerd_home()), *quiet, f"workerd@{WORKERD}"])


def _run(command: Sequence[str]) -> int:
    if shutil.which(command[0]) is None:
        print(f"{command[0]} is not installed", file=sys.stderr)
        return 1
    return subprocess.run(command, check=False).returncode


def _home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atoll" / "peers"


def _workerd_home() -> Path:
    return _home() / f"workerd-{WORKERD}"


def _packages_home() -> Path:
    """One for each version of Python, too: they hold compiled code."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return _home() / f"python{python}-extism-{EXTISM}-wasmtime-{WASMTIME_PY}"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(install_packages() if sys.argv[1:] == ["packages"] else install())
