"""Lays the data plane's machine code out by what requests run through: LLVM's BOLT, with a profile taken here and now.

`python -m scripts.lay_out FILE` changes FILE in place, `python/atoll/_core.abi3.so` or a wheel, whose linker was told
`--emit-relocs`. A request runs through some 700 functions, which the linker leaves on 490 pages.
"""

import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.training import CORE, llvm, run, train

LAYOUT = "-reorder-blocks=ext-tsp -reorder-functions=cdsort -split-functions -split-all-cold -split-eh -icf=safe"


def main(file: Path) -> int:
    """Lay out one library, or the one in a wheel."""
    with tempfile.TemporaryDirectory(prefix="atoll-layout-") as name:
        work = Path(name)
        with opened(file, work / "tree") as library:
            before = library.stat().st_size
            profile = profiled(library, work)
            laid_out = work / "laid-out"
            llvm("llvm-bolt", library, "-o", laid_out, f"-data={profile}", "-use-gnu-stack", *LAYOUT.split())
            llvm("llvm-strip", laid_out, "-o", library)
            print(f"{file.name}: laid out, {before / 1e6:.1f} MB before, {library.stat().st_size / 1e6:.1f} MB now")
    return 0


@contextmanager
def opened(file: Path, tree: Path) -> Iterator[Path]:
    """The library in a package of its own; what is there at the end goes back to where it came from."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            wheel.extractall(tree)
        yield tree / "atoll" / CORE
        run(sys.executable, "-m", "wheel", "pack", tree, "--dest-dir", file.parent)
    else:
        shutil.copytree(file.parent, tree / "atoll")
        yield tree / "atoll" / CORE
        # Never half of it: servers may be running from this file.
        shutil.copy2(tree / "atoll" / CORE, file.with_suffix(".new"))
        os.replace(file.with_suffix(".new"), file)


def profiled(library: Path, work: Path) -> Path:
    """How often each branch of the library was taken while guests were served with it."""
    plain, counts = work / "plain", work / "counts"
    library.rename(plain)
    flags = ("-instrument", f"--instrumentation-file={counts}", "--instrumentation-file-append-pid")
    llvm("llvm-bolt", plain, "-o", library, *flags)
    train(library.parent.parent, work, {})
    plain.replace(library)
    profiles = list(work.glob("counts.*"))
    if not profiles:
        raise SystemExit("the instrumented library left no profile")
    merged = work / "profile"
    merged.write_text(llvm("merge-fdata", *profiles), "utf-8")
    return merged


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]).resolve()))
