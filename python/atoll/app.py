"""An app: its manifest, the folder that it stands in, and everything that can be made of them."""

import json
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from atoll.errors import AtollError, Location, UserError, raise_all
from atoll.lock.locker import Locker, own_component
from atoll.lock.parts import file_url
from atoll.lock.settings import LockSettings
from atoll.manifest import ids, variables
from atoll.manifest.document import Document
from atoll.manifest.model import Manifest, Trigger
from atoll.manifest.plain import plain
from atoll.manifest.positions import Path as KeyPath
from atoll.manifest.text import read_manifest
from atoll.manifest.variables import Layer, Settled

MANIFEST_NAME = "spin.toml"
SERVERLESS = ("serverless.yml", "serverless.yaml", "serverless.json")
_WASM_SUFFIXES = (".wasm", ".wat")
_MAX_PARENTS = 20


class App:
    """A loaded app: read, normalised for its profile and checked.

    `base` is the folder that its paths are relative to.
    """

    def __init__(self, document: Document, file: Path, *, profile: str | None = None) -> None:
        self.document = document
        self.file = file
        self.base = file.parent
        self.profile = profile

    @classmethod
    def load(cls, path: str | Path | None = None, *, profile: str | None = None) -> "App":
        """Load a manifest, the manifest of a folder, a `serverless.yml`, or a bare `.wasm` or `.wat` file as an app of
        one component.

        Without a path the manifest is looked for in the working directory and above it, up to the root of its git
        repository. Raises UserError or Problems with everything that is wrong.
        """
        found = find_manifest(Path(path) if path is not None else None)
        file = found.absolute()
        if file.suffix in _WASM_SUFFIXES:
            document = Document.settled(_manifest_of(file), str(found), profile=profile)
        elif is_serverless(file):
            document = serverless_document(_content(file, str(found)), file, str(found), profile=profile)
        else:
            document = Document.load(file, profile=profile, shown=str(found))
        return cls(document, file, profile=profile)

    @property
    def manifest(self) -> Manifest:
        """The manifest in canonical form, of version 2 whatever the file was."""
        return self.document.manifest

    @property
    def ignored(self) -> tuple[str, ...]:
        """Keys of a `serverless.yml` that say something to other platforms, and nothing here."""
        keys: tuple[str, ...] = getattr(self.document.origins.toml, "ignored", ())
        return keys

    @property
    def name(self) -> str:
        """The app's name."""
        return self.manifest.application.name

    @property
    def is_bare(self) -> bool:
        """Whether the app is a single wasm file without a manifest."""
        return self.file.suffix in _WASM_SUFFIXES

    def lock(self, settings: LockSettings) -> dict[str, Any]:
        """The locked app: Spin's JSON document. Fetches sources and copies files.

        Templates in it are not filled in yet: see `atoll.lock.resolve`. Raises UserError or Problems with everything
        that could not be found, fetched or copied.
        """
        return Locker(self.document, self.base, settings).lock(file_url(self.file), self.profile)

    def variables(self, arguments: Iterable[str] = (), environment: Mapping[str, str] | None = None) -> dict[str, str]:
        """The values of the app's variables. `arguments` are those of `--variable`; by default `environment` is the
        process's own over the `.env` file of the working directory.

        Raises UserError or Problems: for arguments that cannot be read, and for all required variables without a value.
        """
        return self.settled(arguments, (), environment).known

    def settled(
        self,
        arguments: Iterable[str] | Mapping[str, str],
        providers: Iterable[Layer],
        environment: Mapping[str, str] | None = None,
    ) -> Settled:
        """As `variables`, with the values of providers between command line and environment.

        `arguments` may also be the values themselves, by name.

        A variable that a provider has to be asked for is not missing, whether it has it or not.
        """
        declared = self.manifest.variables
        given = dict(arguments) if isinstance(arguments, Mapping) else variables.read_arguments(arguments)
        own = variables.of_environment(declared, variables.read_environment() if environment is None else environment)
        settled = variables.settle(declared, [given, *providers, own, variables.defaults(declared)])
        problems: list[AtollError] = variables.undeclared(declared, given)
        without = [name for name in declared if name not in settled.known and name not in settled.asked]
        raise_all(problems + [self._missing(name) for name in without])
        return settled

    def locate(self, component_id: str | None, key: str | None = None, value: str | None = None) -> Location | None:
        """Where the manifest says what the data plane complains about, or None if there is no such place.

        `key` is a dotted key of the component, of one of its triggers, or (without a component) of the app; `value`
        picks the trigger, the element of a list, or the key of a table. For a key that nobody wrote, the component or
        the app is the place.
        """
        owners = () if self.is_bare else tuple(self._owners(component_id))
        if not owners or not self.document.holds(owners[0]):
            return None
        parts: KeyPath = tuple(key.split(".")) if key else ()
        written = [(*owner, *parts) for owner in owners if parts and self.document.holds((*owner, *parts))]
        if not written:
            return self.document.location(owners[0], key=True)
        fitting = (path for path in map(partial(self._element, value=value), written) if path is not None)
        return self.document.location(next(fitting, written[0]))

    def _missing(self, name: str) -> UserError:
        return UserError(
            "variable-missing",
            f"the required variable `{name}` has no value",
            f"give it with --variable {name}=VALUE or the environment variable {variables.PREFIX}{name.upper()}",
            location=None if self.is_bare else self.document.location(("variables", name), key=True),
        )

    def _owners(self, component_id: str | None) -> Iterable[KeyPath]:
        """The tables whose keys a problem of this component can mean, the likeliest first."""
        if component_id is None:
            yield ("application",)
            yield ()
            # Of a route that cannot be, it does not matter whose it is.
            yield from (("trigger", kind, index) for kind, index, _ in self._triggers())
            return
        for name in self.manifest.component:
            copies = (own_component(name, trigger.id) for many in self.manifest.trigger.values() for trigger in many)
            if component_id == name or component_id in copies:
                yield ("component", name)
                for kind, index, trigger in self._triggers():
                    if trigger.component == name:
                        yield ("trigger", kind, index)

    def _triggers(self) -> Iterable[tuple[str, int, Trigger]]:
        """All triggers, with their kind and their place among those of that kind."""
        for kind, triggers in self.manifest.trigger.items():
            for index, trigger in enumerate(triggers):
                yield kind, index, trigger

    def _element(self, path: KeyPath, value: str | None) -> KeyPath | None:
        """The path, if its value is this one; of a list the element that is; of a table the key; None for another."""
        here: Any = plain(self.document.manifest)
        for part in path:
            if isinstance(part, str) and part not in here:
                return None
            here = here[part]
        if isinstance(here, dict) and value is not None:
            return (*path, value) if value in here else None
        if isinstance(here, list):
            return (*path, here.index(value)) if value in here else None
        return path if value is None or here == value else None


def toml_manifest(path: Path | None, what: str) -> Path:
    """As `find_manifest`, for a command (`what`) that writes. Raises UserError for a manifest of another platform."""
    found = find_manifest(path)
    if is_serverless(found):
        why = f"`{what}` writes {MANIFEST_NAME}, and {found} is a manifest of the Serverless Framework"
        raise UserError("manifest-not-found", why, f"name a {MANIFEST_NAME}: -f path/to/{MANIFEST_NAME}")
    return found


def is_serverless(file: Path) -> bool:
    """Whether the file is a manifest of the Serverless Framework, by its name."""
    return file.suffix in (".yml", ".yaml") or file.name == "serverless.json"


def serverless_document(content: bytes, file: Path, shown: str, *, profile: str | None = None) -> Document:
    """What a manifest of the Serverless Framework says, as a manifest of atoll; `shown` is its name in messages.

    Raises UserError or Problems with everything that is wrong.
    """
    from atoll.serverless.reading import read  # with it comes a parser of YAML

    return Document.of(read(content, shown, file.parent), profile=profile)


def _content(file: Path, shown: str) -> bytes:
    try:
        return read_manifest(file, shown)
    except OSError as error:
        raise UserError("manifest-unreadable", f"{shown} cannot be read: {error.strerror}") from None


def find_manifest(path: Path | None) -> Path:
    """The file that a path means: itself, or the manifest in that folder; without one, the nearest manifest above.

    Raises UserError `manifest-not-found`.
    """
    if path is None:
        return _search(Path.cwd())
    if "\0" not in str(path) and path.is_dir():
        path = manifest_in(path) or path / MANIFEST_NAME
    if "\0" in str(path) or not path.is_file():
        raise UserError(
            "manifest-not-found",
            f"there is no file {path}",
            f"name a {MANIFEST_NAME}, a folder that holds one, or a .wasm file",
        )
    return path


def manifest_in(folder: Path) -> Path | None:
    """A folder's manifest. Beside a manifest of our own, one of another platform is for that platform."""
    return next((folder / name for name in (MANIFEST_NAME, *SERVERLESS) if (folder / name).is_file()), None)


def _search(start: Path) -> Path:
    for folder in [start, *start.parents][: _MAX_PARENTS + 1]:
        if found := manifest_in(folder):
            return found
        if (folder / ".git").exists():
            break
    raise UserError(
        "manifest-not-found",
        f"there is no {MANIFEST_NAME} in {start} or above it",
        f"go to the app's folder, or name it: -f path/to/{MANIFEST_NAME}",
    )


def _manifest_of(file: Path) -> bytes:
    """The manifest of a bare wasm file: one component that answers every path."""
    name = file.stem.lower().replace("_", "-")
    component_id = name if ids.kebab(name) is None else "main"
    try:
        return (
            "spin_manifest_version = 2\n"
            f"application.name = {_quoted(file.stem)}\n"
            f'[[trigger.http]]\nroute = "/..."\ncomponent = "{component_id}"\n'
            f"[component.{component_id}]\nsource = {_quoted(file.name)}\n"
        ).encode()
    except UnicodeEncodeError:
        raise UserError("manifest-not-found", f"the name of {file!a} is not valid UTF-8", "rename the file") from None


def _quoted(text: str) -> str:
    """The text as a TOML string: JSON's rules, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
