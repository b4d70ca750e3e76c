"""What an app is made from, so that `--reload` and `atoll watch` can watch it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from atoll.app import App
from atoll.build import Step
from atoll.lock import glob
from atoll.manifest.variables import environment_file, files_named
from atoll.runtime.config import Loaded
from atoll.supervisor.changes import Watched


def watched(app: App, more: Iterable[Path], steps: Iterable[Step] = (), rest: int = 200) -> Watched:
    """The manifest, the wasm sources, and the static files or the folders that hold them; `more` are further files.

    Of components that are built by `steps` the sources are watched, and not what is made of them.
    """
    steps = [*steps]
    outputs = frozenset(step.output for step in steps if step.output is not None)
    found = {app.file, *(file.absolute() for file in more)}
    for component in app.manifest.component.values():
        if isinstance(component.source, str) and not app.is_bare:
            found.add(app.base / component.source)
        for entry in component.files:
            found.add(app.base / _stem(entry if isinstance(entry, str) else entry.source))
    globs = frozenset((step.folder, pattern) for step in steps for pattern in step.watch)
    return Watched(frozenset(found) - outputs, globs, outputs, rest)


def values(app: App, arguments: Iterable[str], config: Loaded) -> Iterator[Path]:
    """Files with values of variables, which are read when the app is: those of --variable, and `.env` files."""
    yield from files_named(arguments)
    if app.manifest.variables:
        yield environment_file()
    if app.file.suffix != ".toml" and not app.is_bare:
        # A serverless.yml has its own beside it.
        yield environment_file(app.base)
    for one in config.variables:
        named = getattr(one.config, "dotenv_path", None)
        if named is not None:
            yield config.folder / named


def _stem(pattern: str) -> str:
    """The part of a glob that names one folder for sure."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if glob.is_pattern(part):
            break
        parts.append(part)
    return "/".join(parts)
