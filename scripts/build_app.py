"""Runs the build commands of an app's manifest, with this checkout's toolchains in front of the PATH.

`python scripts/build_app.py examples/hello`. A component whose source is newer than every other file of the app is left
alone. Exit code 1: a command failed.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOLCHAINS = Path(os.environ.get("ATOLL_TOOLCHAINS", ROOT / "build" / "toolchains"))
MADE = {".spin", "__pycache__", "node_modules", "target"}


def components(app: Path) -> dict[str, dict[str, Any]]:
    """The components of the app's manifest that have something to build."""
    manifest = tomllib.loads((app / "spin.toml").read_text("utf-8"))
    return {name: table for name, table in manifest.get("component", {}).items() if "build" in table}


def is_current(app: Path, output: Path) -> bool:
    """Whether the output was made after the last change of a source."""
    if not output.exists():
        return False
    outputs = {(app / table["source"]).resolve() for table in components(app).values()}
    files = (file for file in app.rglob("*") if file.is_file() and not MADE.intersection(file.parts))
    newest = max(file.stat().st_mtime for file in files if file.resolve() not in outputs)
    return output.stat().st_mtime >= newest


def build(app: Path, table: dict[str, Any]) -> None:
    """Run the component's commands in its folder. Raises CalledProcessError."""
    commands = table["build"]["command"]
    path = os.pathsep.join([str(TOOLCHAINS / "bin"), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path, "ATOLL_TOOLCHAINS": str(TOOLCHAINS), "ATOLL_WIT": str(ROOT / "wit")}
    for command in [commands] if isinstance(commands, str) else commands:
        folder = app / table["build"].get("workdir", ".")
        subprocess.run(command, shell=True, check=True, cwd=folder, env=environment, stdout=sys.stderr)


def main(arguments: list[str]) -> int:
    """Build each app that is named."""
    for app in map(Path, arguments):
        for name, table in components(app).items():
            if is_current(app, app / table["source"]):
                continue
            print(f"building {app.name}: {name}", file=sys.stderr)
            try:
                build(app, table)
            except subprocess.CalledProcessError as error:
                print(f"{app}: {name}: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
