"""Lays the data plane's machine code out by what requests run through: LLVM's BOLT, with a profile taken here and now.

`python scripts/lay_out.py FILE`, FILE being `python/atoll/_core.abi3.so` or a wheel, which is changed in place; its linker
was told `--emit-relocs`. A request runs through some 700 functions, which the linker leaves on 490 pages.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from atoll.testing import up

ROOT = Path(__file__).resolve().parent.parent
LLVM = "22"
CORE = "_core.abi3.so"
LAYOUT = "-reorder-blocks=ext-tsp -reorder-functions=cdsort -split-functions -split-all-cold -split-eh -icf=safe"
# What is asked while the profile is taken: short and long calls, of WASI 0.2 and 0.3, and the front itself.
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


def main(file: Path) -> int:
    """Lay out one library, or the one in a wheel."""
    with tempfile.TemporaryDirectory(prefix="atoll-layout-") as name:
        work = Path(name)
        with opened(file, work / "tree") as library:
            before = library.stat().st_size
            profile = profiled(library, work)
            bolt("llvm-bolt", library, "-o", work / "laid-out", f"-data={profile}", "-use-gnu-stack", *LAYOUT.split())
            bolt("llvm-strip", work / "laid-out", "-o", library)
            print(f"{file.name}: laid out, {before / 1e6:.1f} MB before, {library.stat().st_size / 1e6:.1f} MB now")
    return 0


@contextmanager
def opened(file: Path, tree: Path) -> Iterator[Path]:
    """The library in a package of its own; what is there at the end goes back to where it came from."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            wheel.extractall(tree)
        yield tree / "atoll" / CORE
        packed = run(sys.executable, "-m", "wheel", "pack", tree, "--dest-dir", file.parent)
        assert file.name in packed, packed
    else:
        shutil.copytree(file.parent, tree / "atoll")
        yield tree / "atoll" / CORE
        # Never half of it: servers may be running from this file.
        shutil.copy2(tree / "atoll" / CORE, file.with_suffix(".new"))
        os.replace(file.with_suffix(".new"), file)


def profiled(library: Path, work: Path) -> Path:
    """How often each branch of the library was taken while guests were served with it."""
    plain, counted = work / "plain", work / "counts"
    library.rename(plain)
    flags = ("-instrument", f"--instrumentation-file={counted}", "--instrumentation-file-append-pid")
    bolt("llvm-bolt", plain, "-o", library, *flags)
    serve(library.parent.parent, work)
    plain.replace(library)
    profiles = list(work.glob("counts.*"))
    if not profiles:
        raise SystemExit("the instrumented library left no profile")
    merged = work / "profile"
    merged.write_text(bolt("merge-fdata", *profiles), "utf-8")
    return merged


def serve(tree: Path, work: Path) -> None:
    """Serve the guests from the package in `tree`, and put load on each."""
    manifest = work / "spin.toml"
    entries = [ENTRY.format(name=name, file=guest(name), keys=keys) for name, keys in GUESTS.items()]
    manifest.write_text(f'spin_manifest_version = 2\napplication.name = "layout"\n{STATIC}{"".join(entries)}', "utf-8")
    with up(manifest, "--workers", "1", "--log-dir", "", env={"PYTHONPATH": str(tree)}) as served:
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


def bolt(tool: str, *arguments: str | Path) -> str:
    """Run a tool of LLVM; what it said."""
    names = (f"{tool}-{LLVM}", tool)
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        raise SystemExit(f"{names[0]} is not installed: make dist-tools")
    return run(found, *arguments)


def run(*command: str | Path) -> str:
    """What a command printed; if it fails, that ends this one."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{Path(command[0]).name} failed:\n{ended.stderr[-2000:]}")
    return ended.stdout


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]).resolve()))
