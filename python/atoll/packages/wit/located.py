"""What a command line calls a WIT: a path, or the name of a package that atoll brings."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from atoll.errors import UserError
from atoll.errors.meant import meant
from atoll.packages.wit.sources import Found, Standard
from atoll.packages.wit.versions import PACKAGE, Wanted


@contextmanager
def located(named: str) -> Iterator[Path]:
    """Where it lies: `wit`, `app.wasm`, or a folder with what `wasi:http@0.2.12` and all that it needs are.

    Raises UserError `wit-invalid` where there is nothing, `wit-package-unknown` for a package of nobody's.
    """
    path = Path(named)
    if path.exists() or not PACKAGE.fullmatch(named.partition("@")[0]):
        if not path.exists():
            raise UserError(
                "wit-invalid", f"there is no WIT at `{named}`", "name a folder, a .wit file, a wasm file or a package"
            )
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="atoll-") as folder:
        unfold(Wanted.parse(named), Path(folder))
        yield Path(folder)


def unfold(wanted: Wanted, folder: Path) -> None:
    """Put a standard package into an empty folder, and what it needs into its `deps`. Raises UserError."""
    source = Standard()
    package = source.find(wanted) or source.find(Wanted(wanted.name, wanted.version, exact=True))
    if package is None:
        names = sorted({name for name, _ in source.packages})
        versions = [str(version) for name, version in source.packages if name == wanted.name and version]
        hint = f"atoll brings {', '.join(versions)}" if versions else meant(wanted.name, names, "name a path")
        raise UserError("wit-package-unknown", f"atoll brings no package `{wanted}`", hint)
    _write(folder, package)
    ahead, there = [*package.needs], {package.key}
    while ahead:
        need = source.find(ahead.pop())
        if need is not None and need.key not in there:
            there.add(need.key)
            _write(folder / "deps" / str(need).replace(":", "-"), need)
            ahead.extend(need.needs)


def _write(folder: Path, package: Found) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in package.files.items():
        (folder / name).write_bytes(content)
