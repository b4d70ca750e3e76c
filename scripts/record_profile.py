"""Records how often each branch of the data plane is taken, for the compiler of dist builds.

`python -m scripts.record_profile TREE FILE` writes FILE, `crates/python/requests.profdata.xz`; TREE holds the package
with a library that was built with `-Cprofile-generate`. `make profile` does both.
"""

import lzma
import sys
import tempfile
from pathlib import Path

from scripts.training import llvm, train


def main(tree: Path, file: Path) -> int:
    """Train, merge, compress."""
    with tempfile.TemporaryDirectory(prefix="atoll-profile-") as name:
        work = Path(name)
        train(tree, work, {"LLVM_PROFILE_FILE": str(work / "%p-%m.profraw")})
        profiles = list(work.glob("*.profraw"))
        if not profiles:
            raise SystemExit("the library left no profile: was it built with -Cprofile-generate?")
        merged = work / "merged"
        llvm("llvm-profdata", "merge", "-sparse", "-o", merged, *profiles)
        file.write_bytes(lzma.compress(merged.read_bytes(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{file.name}: {file.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*(Path(argument).resolve() for argument in sys.argv[1:3])))
