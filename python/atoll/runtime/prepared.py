"""An app with what its operator says: what all ways to serve it have in common."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atoll.app import App
from atoll.capabilities.registry import Named
from atoll.host import Job, Reuse, Settings
from atoll.host.composing import composed
from atoll.host.functions import has_functions
from atoll.host.symbols import FOLDER, with_symbols
from atoll.lock import LockSettings, resolve
from atoll.lock.templated import named_in_hosts
from atoll.manifest.variables import Settled
from atoll.runtime.backends import Backends, Folders, backends
from atoll.runtime.config import Loaded
from atoll.runtime.sources import Sources, read_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is given beside manifest and runtime config.

    `variables` are values by name, or arguments of `--variable`. `filled` are labels by room for which there has to be
    a backend, whether a component names them or not. `symbols` is the folder with files that were not stripped, if it
    is not the app's own.
    """

    lock: LockSettings
    folders: Folders
    variables: Iterable[str] | Mapping[str, str] = field(default=(), repr=False)
    filled: Mapping[str, set[str]] = field(default_factory=dict)
    symbols: Path | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The locked app, the backends of its components, and the values of its variables."""

    locked: dict[str, Any]
    behind: Backends
    _values: dict[str, str] = field(repr=False)
    _settled: Settled = field(repr=False)
    _asked: Named | None = field(repr=False)

    def job(self, settings: Settings, reuse: Reuse | None = None) -> Job:
        """What is to be served. Raises UserError or Problems for templates that cannot be filled in."""
        return Job(
            locked=resolve(self.locked, self._values, self._settled.asked),
            settings=settings,
            reuse=reuse,
            providers=self.behind.providers | ({"variables": {"": self._asked}} if self._asked else {}),
        )


def prepare(app: App, config: Loaded, given: Given) -> Prepared:
    """Lock the app, compose its components, settle its variables, and make the folders of its backends.

    Raises UserError or Problems for everything that is wrong with the app, its files or its variables.
    """
    sources = Sources(config.variables, given.folders)
    settled = app.settled(given.variables, sources.layers(app.manifest.variables))
    locked = whole(app, given.lock, given.symbols)
    asked = sources.asked(settled)
    values = settled.known | read_now(asked, named_in_hosts(locked) & settled.asked, " of `allowed_outbound_hosts`")
    behind = backends(config.labelled, config.outbound, _granted(locked, given.filled), given.folders)
    return Prepared(locked, behind, values, settled, asked)


def whole(app: App, lock: LockSettings, symbols: Path | None = None) -> dict[str, Any]:
    """The locked app with the files that are run: with their symbols, functions arranged, dependencies composed.

    Raises UserError or Problems for everything that is wrong with the app and its files.
    """
    locked = with_symbols(app.lock(lock), symbols or app.base / FOLDER)
    if has_functions(locked):
        from atoll.host.functions.arranging import arranged

        locked = arranged(locked, lock.working_directory, app.locate)
    return composed(locked, lock.compositions, app.locate)


def _granted(locked: dict[str, Any], filled: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The labels that components name by room, with those that are filled."""
    metadata = [one.get("metadata", {}) for one in locked["components"]]
    named = {
        "blobstore": {label for one in metadata for label in one.get("atoll", {}).get("blobstores", [])},
        "key_value": {label for one in metadata for label in one.get("key_value_stores", [])},
        "sqlite": {label for one in metadata for label in one.get("databases", [])},
    }
    return {room: labels | filled.get(room, set()) for room, labels in named.items()}
