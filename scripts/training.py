"""What a build of the data plane is asked while a profile of it is taken; and LLVM's tools, which take and use it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
from bench.manifest import app

from atoll.testing import up
from bench import guests

CORE = "_core.abi3.so"
# rustc's own.
LLVM = "22"
# Short and long calls, of WASI 0.2 and 0.3; what begins as a snapshot; and, at `/static`, the front itself.
GUESTS = (
    guests.C,
    guests.RUST,
    guests.STREAMER,
    guests.GO_SNAPSHOT,
    guests.JAVASCRIPT,
    guests.PYTHON,
    guests.PYTHON_P3,
)
STATIC = '[[trigger.http]]\nroute = "/static"\nstatic_response = { body = "static" }\n'
# Connections, and seconds on them.
LOADS = ((16, 2), (1, 1))
# Of `bench.embedders`, for so many seconds each.
CALLS = ("add", "echo", "echo-text", "fresh", "fold", "record")
SECONDS = 2


def train(tree: Path, work: Path, environment: Mapping[str, str]) -> None:
    """Serve guests and call plugins with the package that lies in `tree`. `work` takes what is made for it."""
    environment = {**environment, "PYTHONPATH": str(tree)}
    serve(work, environment)
    for name in CALLS:
        call(name, environment)


def serve(work: Path, environment: Mapping[str, str]) -> None:
    """Put load on each of the guests."""
    manifest = work / "spin.toml"
    manifest.write_text(app({f"/{guest.name}": guest for guest in GUESTS}) + STATIC, "utf-8")
    with up(manifest, "--workers", "1", "--log-dir", "", env=environment) as served:
        for name in ("static", *(guest.name for guest in GUESTS)):
            url = f"{served.url}/{name}"
            httpx.get(url, timeout=60).raise_for_status()
            for connections, seconds in LOADS:
                run("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url)


def call(name: str, environment: Mapping[str, str]) -> None:
    """Do that work of the benchmarks' in a loop."""
    program = [sys.executable, "-m", "bench.embedders", "atoll", name]
    variables = {**os.environ, **environment}
    subprocess.run(program, env=variables, input=f"{SECONDS}\n", stdout=subprocess.DEVNULL, text=True, check=True)


def llvm(tool: str, *arguments: str | Path) -> str:
    """Run a tool of LLVM; what it printed."""
    found = shutil.which(f"{tool}-{LLVM}")
    if found is None:
        raise SystemExit(f"{tool}-{LLVM} is not installed: make dist-tools")
    return run(found, *arguments)


def run(*command: str | Path) -> str:
    """What a command printed; if it fails, that ends this one."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{Path(command[0]).name} failed:\n{ended.stderr[-2000:]}")
    return ended.stdout
