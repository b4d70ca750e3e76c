"""Proves the newest wheel of a folder: it installs without Rust in an empty environment, starts quickly, and serves.

`python scripts/verify_wheel.py dist`. Exit code 1: the wheel does not keep its promise.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

START_BUDGET_MS = 150
RUNS = 7
APP = """\
spin_manifest_version = 2
application.name = "wheel"
[[trigger.http]]
route = "/..."
static_response = { body = "from the wheel" }
"""


def without_rust() -> dict[str, str]:
    """An environment whose PATH holds no cargo and no rustc, and no module of this checkout."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    path = [folder for folder in folders if not any((Path(folder) / tool).exists() for tool in ("cargo", "rustc"))]
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return {**kept, "PATH": os.pathsep.join(path) or os.defpath}


def start_ms(atoll: Path, environment: dict[str, str]) -> float:
    """Median time of `atoll --version`, in milliseconds, after one run that fills the caches."""
    times = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        subprocess.run([atoll, "--version"], check=True, env=environment, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[1:])


def serves(atoll: Path, folder: Path, environment: dict[str, str]) -> bool:
    """Whether an app is served by two workers."""
    (folder / "spin.toml").write_text(APP)
    command = [str(atoll), "up", "-f", str(folder), "--listen", "127.0.0.1:0", "--workers", "2", "--log-dir", ""]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"Serving (http://\S+)", server.stdout.readline())
            return found is not None and urllib.request.urlopen(found[1]).read() == b"from the wheel"
        finally:
            server.terminate()


def lacking(wheel: Path) -> list[str]:
    """What toolchains and templates need of the package, and the wheel does not have: scripts, lock files, WIT."""
    with zipfile.ZipFile(wheel) as opened:
        there = set(opened.namelist())
    package = Path(__file__).resolve().parents[1] / "python"
    rooms = (os.walk(package / "atoll" / room, followlinks=True) for room in ("templates", "toolchain"))
    files = [Path(base, name).relative_to(package) for room in rooms for base, _, names in room for name in names]
    return sorted(str(file) for file in files if "__pycache__" not in file.parts and str(file) not in there)


def main(folder: Path) -> int:
    """Install and measure."""
    wheels = sorted(folder.resolve().glob("*.whl"), key=lambda file: file.stat().st_mtime)
    if not wheels or "-abi3-" not in wheels[-1].name:
        print(f"no abi3 wheel in {folder}", file=sys.stderr)
        return 1
    if missing := lacking(wheels[-1]):
        print(f"{wheels[-1].name} lacks {', '.join(missing)}", file=sys.stderr)
        return 1
    environment = without_rust()
    with tempfile.TemporaryDirectory(prefix="atoll-wheel-") as name:
        place = Path(name)
        venv.create(place / "venv", with_pip=True)
        pip = [str(place / "venv/bin/python"), "-m", "pip", "--quiet", "install", str(wheels[-1])]
        subprocess.run(pip, check=True, env=environment, cwd=place)
        atoll = place / "venv/bin/atoll"
        took = start_ms(atoll, environment)
        served = serves(atoll, place, environment)
    size = wheels[-1].stat().st_size / 1e6
    print(f"{wheels[-1].name}: {size:.1f} MB, `atoll --version` in {took:.0f} ms (of {START_BUDGET_MS})")
    print("serves an app with two workers" if served else "does NOT serve an app")
    return 0 if served and took < START_BUDGET_MS else 1


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
