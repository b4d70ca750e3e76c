"""What a project requires, installed once for each list of requirements, in a folder of the user's cache.

Wheels for every platform are taken where there are any. Of others the native modules are left out: many packages have
them only to be quicker. Which package each belonged to is remembered, so that who needs one learns why it is not there.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from python_component.installers import Installer, installer
from python_component.project import Use, graph
from python_component.refused import Refused

__all__ = ("Packages", "installed")

_FORMAT = "3"
_TOLD = "packages.json"
_NATIVE = {".so", ".pyd", ".dylib", ".dll", ".a"}


@dataclass(frozen=True)
class Packages:
    """A folder of the cache: `folder` holds the packages, if any are required; `native` says whose a native module was.

    `use` is what they ask of `atoll_guest`, `imports` what each imports of the others, by their names at the top.
    """

    home: Path
    folder: Path | None
    native: dict[str, str]
    use: Use
    imports: dict[str, list[str]]

    def reached(self, names: set[str]) -> set[str]:
        """Those that are imported by one who imports these."""
        found: set[str] = set()
        waiting = [name for name in names if name in self.imports]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.imports.get(name, [])
        return found


def installed(roots: list[Path], named: Path | None, *, upgrade: bool) -> Packages:
    """The packages that a project in these folders requires. Raises Refused."""
    file, text = _required(roots, named)
    home = _cache() / _digest(file, text)
    if upgrade or not _held(home / _TOLD):
        _make(home, file, text)
        _held(home / _TOLD)
    told = json.loads((home / _TOLD).read_text("utf-8"))
    use = Use(set(told["rooms"]), told["client"], told["asynchronous"])
    return Packages(home, home / "packages" if text else None, told["native"], use, told["imports"])


def _held(told: Path) -> bool:
    """Whether it is there. If so it is used now, and stays until this process ends: `atoll cache` looks for the lock."""
    try:
        descriptor = os.open(told, os.O_RDONLY | os.O_CLOEXEC)
        os.utime(told)
    except OSError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    # Who has removed it meanwhile had the lock before.
    return told.is_file()


def _cache() -> Path:
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (chosen if chosen.is_absolute() else Path.home() / ".cache") / "atoll" / "python-component"


def _required(roots: list[Path], named: Path | None) -> tuple[Path | None, str]:
    """The file that says it, and what it says, as lines of a requirements file; empty where it says nothing."""
    if named is not None and not named.is_file():
        raise Refused(f"there is no file {named}", "name a requirements file, or remove `--requirements`")
    files = [root / name for root in roots for name in ("requirements.txt", "pyproject.toml")]
    for file in files if named is None else [named]:
        if file.is_file():
            text = file.read_text("utf-8")
            lines = _dependencies(file, text) if file.suffix == ".toml" else text.splitlines()
            wanted = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
            if wanted:
                return file, "\n".join(wanted) + "\n"
    return None, ""


def _dependencies(file: Path, text: str) -> list[str]:
    try:
        found = tomllib.loads(text).get("project", {}).get("dependencies", [])
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{file} is not valid TOML: {error}", "mend it, or write a requirements.txt") from None
    return [str(each) for each in found]


def _digest(file: Path | None, text: str) -> str:
    """Another one where something else would be installed: files that the lines name count with their contents."""
    digest = hashlib.sha256(f"{_FORMAT}\n{text}".encode())
    waiting, seen = [(file, text)], set[Path]()
    while waiting:
        base, lines = waiting.pop()
        for word in lines.split() if base is not None else ():
            other = base.parent.joinpath(word) if base is not None else Path(word)
            if other.suffix in (".txt", ".whl", ".in") and other.is_file() and other not in seen:
                seen.add(other)
                data = other.read_bytes()
                digest.update(data)
                waiting.append((other, data.decode("utf-8", "replace") if other.suffix != ".whl" else ""))
    return digest.hexdigest()[:24]


def _make(home: Path, file: Path | None, text: str) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".") as made:
        folder = Path(made, "new")
        packages = folder / "packages"
        packages.mkdir(parents=True)
        native: dict[str, str] = {}
        if file is not None:
            _install(installer(), file, text, packages)
            native = _without_native(packages)
        use, imports = graph(packages)
        told = {"native": native, "imports": imports, "rooms": sorted(use.rooms), "client": use.client}
        (folder / _TOLD).write_text(json.dumps({**told, "asynchronous": use.asynchronous}), "utf-8")
        if home.exists():
            home.rename(Path(made, "old"))
        folder.rename(home)


def _install(chosen: Installer, file: Path, text: str, packages: Path) -> None:
    if file.suffix == ".toml":
        file = packages.with_name("requirements.txt")
        file.write_text(text, "utf-8")
    if chosen.install(file, packages, pure=True) is None:
        return
    shutil.rmtree(packages)
    failed = chosen.install(file, packages, pure=False)
    if failed is not None:
        raise Refused(
            f"`{failed.package}` cannot be installed: there is no wheel of it for Python 3.14"
            if failed.package
            else "the requirements cannot be installed",
            "check the name and the version, or make a wheel of it (`pip wheel`) and name that file in requirements.txt"
            if failed.package
            else "mend what the installer says",
            shown=failed.said,
        )
    for name, version in sorted(_native_packages(packages)):
        chosen.replace(f"{name}=={version}", packages)


def _native_packages(packages: Path) -> list[tuple[str, str]]:
    """Name and version of what was installed for one platform only."""
    found = []
    for info in packages.glob("*.dist-info"):
        tags = [line for line in _lines(info / "WHEEL") if line.startswith("Tag:")]
        if not any(tag.endswith("-none-any") for tag in tags):
            name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
            found.append((name, version))
    return found


def _without_native(packages: Path) -> dict[str, str]:
    """Remove native code; the names of the modules that it was, each with its package."""
    native = {}
    for info in packages.glob("*.dist-info"):
        package = info.name.removesuffix(".dist-info").rpartition("-")[0].replace("_", "-")
        for line in _lines(info / "RECORD"):
            file = packages / line.partition(",")[0]
            if file.suffix in _NATIVE:
                file.unlink(missing_ok=True)
                path = file.relative_to(packages)
                native[".".join([*path.parts[:-1], path.name.partition(".")[0]])] = package
    return native


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
