"""Which files have tests, and which app each of them tests."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from atoll.app import MANIFEST_NAME, SERVERLESS, App, manifest_in
from atoll.errors import AtollError, UserError, raise_all
from atoll.testing.cases.choosing import Chosen
from atoll.testing.cases.read import TestFile

CASES = ".test.toml"
_LEFT_OUT = frozenset({"node_modules", "target", "__pycache__"})
_MANIFESTS = (MANIFEST_NAME, *SERVERLESS)
_MAX_PARENTS = 20


@dataclass(frozen=True, slots=True)
class Case:
    """One test of a file, and what it tests."""

    file: TestFile
    name: str
    source: Path


@dataclass(frozen=True, slots=True)
class Own:
    """A component that has tests of its own."""

    app: App
    component: str


@dataclass(slots=True)
class Found:
    """All tests that were found, and the apps that they are of."""

    apps: dict[Path, App] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    own: list[Own] = field(default_factory=list)
    python: list[Path] = field(default_factory=list)

    def __len__(self) -> int:
        """How many, where a file of Python's counts as one."""
        return len(self.cases) + len(self.own) + len(self.python)


def find(paths: Iterable[Path], chosen: Chosen, app: Path | None = None, profile: str | None = None) -> Found:
    """The tests of these files, and below these folders. `app` is what files test that name nothing themselves.

    Raises UserError or Problems with everything that is wrong with files of tests and manifests.
    """
    found, problems = Found(), list[AtollError]()
    for path in dict.fromkeys(path for given in paths for path in _files(given)):
        try:
            if path.name in _MANIFESTS:
                _add_app(found, path, chosen, profile)
            elif path.suffix == ".py":
                found.python.append(path)
            else:
                _add_cases(found, path, chosen, app, profile)
        except AtollError as error:
            problems.append(error)
    raise_all(problems)
    return found


def _add_app(found: Found, path: Path, chosen: Chosen, profile: str | None) -> None:
    app = _loaded(found, path, profile)
    for name, component in app.manifest.component.items():
        settings = component.tool.atoll
        if settings is not None and settings.test is not None and chosen.takes(name):
            found.own.append(Own(app, name))


def _add_cases(found: Found, path: Path, chosen: Chosen, app: Path | None, profile: str | None) -> None:
    file = TestFile.load(path, shown(path))
    names = [name for name in file.tests if chosen.takes(name)]
    if names:
        source = _source(file, app)
        _loaded(found, source, profile)
        found.cases += [Case(file, name, source) for name in names]


def _loaded(found: Found, path: Path, profile: str | None) -> App:
    path = path.absolute()
    if path not in found.apps:
        found.apps[path] = App.load(shown(path), profile=profile)
    return found.apps[path]


def _source(file: TestFile, app: Path | None) -> Path:
    """What a file tests: what it names, what the user names, or the nearest manifest."""
    named = file.content.source
    if named is not None:
        path = file.path.parent / named
        path = manifest_in(path) or path / MANIFEST_NAME if path.is_dir() else path
        if not path.is_file():
            place = file.toml.location(("source",))
            raise UserError("test-file-invalid", f"there is no file {shown(path)}", "mend `source`", location=place)
        return path.absolute()
    return (app or _nearest(file)).absolute()


def _nearest(file: TestFile) -> Path:
    folder = file.path.absolute().parent
    for parent in [folder, *folder.parents][: _MAX_PARENTS + 1]:
        if found := manifest_in(parent):
            return found
        if (parent / ".git").exists():
            break
    hint = 'name what it tests: source = "hello.wasm" in its first line, or -f'
    raise UserError("manifest-not-found", f"there is no {MANIFEST_NAME} beside {file.shown} or above it", hint)


def _files(path: Path) -> Iterator[Path]:
    """The file, or those of a folder that have tests, with its manifest, or else with all below it."""
    if not path.is_dir():
        yield path
        return
    own = manifest_in(path)
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not _is_left_out(Path(folder, name)))
        # The manifest comes first: the tests are of its app.
        for name in sorted(files, key=lambda name: (name not in _MANIFESTS, name)):
            is_manifest = name == MANIFEST_NAME if own is None else Path(folder, name) == own
            if is_manifest or name.endswith(CASES) or _is_python_test(name):
                yield Path(folder, name)


def _is_left_out(folder: Path) -> bool:
    """What others have made, and environments of Python."""
    return folder.name.startswith(".") or folder.name in _LEFT_OUT or (folder / "pyvenv.cfg").exists()


def _is_python_test(name: str) -> bool:
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def shown(path: Path) -> str:
    """A path as a person would write it from here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
