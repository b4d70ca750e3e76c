"""Copies crates of the registry to `build/crates` and changes there what `patches.toml` says, before cargo runs.

`[patch.crates-io]` in Cargo.toml takes the copies. Their files keep the dates of the published ones, so that a fresh
clone builds nothing of them again.
"""

import json
import os
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
COPIES = ROOT / "build" / "crates"


def main() -> None:
    """Make each copy that is not there as `patches.toml` wants it."""
    changes = tomllib.loads((ROOT / "patches.toml").read_text("utf-8"))
    for name, change in changes.items():
        done = COPIES / f"{change['folder']}.json"
        wanted = json.dumps([change, [(ROOT / add["from"]).read_text("utf-8") for add in change.get("adds", ())]])
        if not done.exists() or done.read_text("utf-8") != wanted:
            copy(name, change)
            done.write_text(wanted, "utf-8")


def copy(name: str, change: dict[str, Any]) -> None:
    """Replace the copy of one crate by a new one."""
    folder = COPIES / change["folder"]
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        shutil.copytree(published(name, change["version"], Path(work)), folder)
    for edit in change["edits"]:
        apply(edit, folder)
    for add in change.get("adds", ()):
        shutil.copyfile(ROOT / add["from"], folder / add["file"])
        shutil.copystat(folder / "Cargo.toml", folder / add["file"])


def apply(edit: dict[str, str], crate: Path) -> None:
    """Make one change."""
    file = crate / edit["file"]
    source, dates = file.read_text("utf-8"), file.stat()
    if source.count(edit["old"]) != 1:
        raise SystemExit(f"patches.toml: {edit['file']} has not exactly one {edit['old']!r}; does the version fit?")
    file.write_text(source.replace(edit["old"], edit["new"]), "utf-8")
    os.utime(file, ns=(dates.st_atime_ns, dates.st_mtime_ns))


def published(name: str, version: str, work: Path) -> Path:
    """The crate's source as cargo unpacks it."""
    (work / "src").mkdir()
    (work / "src" / "lib.rs").touch()
    (work / "Cargo.toml").write_text(
        f'[package]\nname = "fetched"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n'
        f'[dependencies]\n{name} = {{ version = "={version}", default-features = false }}\n'
    )
    asked = ["cargo", "metadata", "--quiet", "--format-version", "1"]
    told = subprocess.run(asked, cwd=work, check=True, stdout=subprocess.PIPE).stdout
    packages = json.loads(told)["packages"]
    return Path(next(package["manifest_path"] for package in packages if package["name"] == name)).parent


if __name__ == "__main__":
    main()
