"""What a build of the data plane is asked while a profile of it is taken; and LLVM's tools, which take and use it."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import httpx

from atoll.testing import up

ROOT = Path(__file__).resolve().parent.parent
CORE = "_core.abi3.so"
# rustc's own.
LLVM = "22"
# Short and long calls, of WASI 0.2 and 0.3; what begins as a snapshot; and, at `/static`, the front itself.
GUESTS = {
    "c-http": "",
    "rust-http": "",
    "rust-http-p3": "",
    "go-http": "tool.atoll.snapshot = true\n",
    "js-http": "",
    "python-http": "",
    "python-http-p3": "",
}
STATIC = '[[trigger.http]]\nroute = "/static"\nstatic_response = { body = "static" }\n'
ENTRY = """\
[[trigger.http]]
route = "/{name}"
component = "{name}"
[component.{name}]
source = "{file}"
{keys}"""
# Connections, and seconds on them.
LOADS = ((16, 2), (1, 1))


def train(tree: Path, work: Path, environment: Mapping[str, str]) -> None:
    """Serve the guests with the package that lies in `tree`, and put load on each. `work` takes the manifest."""
    manifest = work / "spin.toml"
    entries = [ENTRY.format(name=name, file=guest(name), keys=keys) for name, keys in GUESTS.items()]
    manifest.write_text(
        f'spin_manifest_version = 2\napplication.name = "training"\n{STATIC}{"".join(entries)}', "utf-8"
    )
    with up(manifest, "--workers", "1", "--log-dir", "", env={**environment, "PYTHONPATH": str(tree)}) as served:
        for name in ("static", *GUESTS):
            url = f"{served.url}/{name}"
            httpx.get(url, timeout=60).raise_for_status()
            for connections, seconds in LOADS:
                run("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url)


def guest(name: str) -> Path:
    """Raises SystemExit if it is not built."""
    file = ROOT / "build" / "guests" / f"{name}.wasm"
    if not file.exists():
        raise SystemExit(f"the guest {name} is not built: make guests")
    return file


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
