"""`wasmtime serve`, the peer: built from the crate registry into the user's cache directory, and found there again.

`python bench/peers.py` (`make bench-peers`) builds it, once; an interrupted build goes on where it stopped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "48.0.8"


def _home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atoll" / "peers"


def wasmtime() -> Path | None:
    """The installed binary, if it is of the version that atoll is measured against."""
    binary = _home() / "bin" / "wasmtime"
    if not binary.exists():
        return None
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout.split()
    return binary if said[1:2] == [VERSION] else None


def install() -> int:
    """Build it where it is missing; cargo's exit code. The build's intermediate files are removed at the end."""
    if wasmtime():
        print(f"wasmtime {VERSION} is installed")
        return 0
    if shutil.which("cargo") is None:
        print("wasmtime is built with Rust: install cargo", file=sys.stderr)
        return 1
    target = _home() / "target"
    command = ["cargo", "install", "wasmtime-cli", "--version", VERSION, "--locked", "--force"]
    built = subprocess.run([*command, "--root", str(_home()), "--target-dir", str(target)], check=False)
    if built.returncode == 0:
        shutil.rmtree(target, ignore_errors=True)
    return built.returncode


if __name__ == "__main__":
    sys.exit(install())
