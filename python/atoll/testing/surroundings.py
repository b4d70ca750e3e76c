"""What an app or plugin has around it in a test: virtual capabilities, what it asked of them, what it wrote."""

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atoll.capabilities.messaging.providers.memory import MemoryBroker, MemoryConfig
from atoll.capabilities.provider import Place
from atoll.testing.calls import HostCalls
from atoll.testing.journal import GuestLog
from atoll.testing.recording import recorded_import, recorded_provider
from atoll.testing.virtual.blobstore import Objects
from atoll.testing.virtual.key_value import Store, Stored
from atoll.testing.virtual.sqlite import Database, Served
from atoll.testing.virtual.variables import Values

_REFUSED = "disallowed destination"
"""What the log says of a request that was not let through."""

_MOST_SHOWN = 100
"""How many calls, and how many lines, a report has; the latest ones."""


@dataclass(slots=True)
class Surroundings:
    """All of it for one app or plugin. `resources` is what ends with the test."""

    name: str
    resources: ExitStack
    calls: HostCalls = field(default_factory=HostCalls)
    log: GuestLog = field(default_factory=GuestLog)
    key_value: dict[str, Any] = field(default_factory=dict)
    sqlite: dict[str, Any] = field(default_factory=dict)
    blobstore: dict[str, Any] = field(default_factory=dict)
    messaging: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)
    """Hosts that the manifest allows, and the test does not."""

    def provide(self, room: str, label: str, wanted: Any = None) -> Any:
        """The recorded provider of a store, database, container or broker; its contents are in the room's dict.

        `wanted` is what is in it at first, or a provider. Raises TypeError where it is neither.
        """
        make = {
            "key_value": self._store,
            "sqlite": self._database,
            "blobstore": self._container,
            "messaging": self._broker,
        }
        return recorded_provider(make[room](label, wanted), self.calls, room, label)

    def provide_variables(self) -> Any:
        """The recorded provider of the variables."""
        return recorded_provider(Values(self.variables), self.calls, "variables")

    def imports(self, given: Mapping[str, object]) -> dict[str, Any]:
        """The objects that answer imports, recorded."""
        return {name: recorded_import(host, self.calls, name) for name, host in given.items()}

    def sections(self) -> list[tuple[str, str]]:
        """What a report of a test that failed shows, by title."""
        told = {"host calls": [*map(str, self.calls)], "guest log": [*map(str, self.log)]}
        if self.withheld and any(_REFUSED in line.text for line in self.log):
            hosts = ", ".join(sorted(self.withheld))
            told["network"] = [f"in a test nobody reaches {hosts}: see `network` and `http` of atoll_app"]
        return [(f"{title} of {self.name}", _last(lines)) for title, lines in told.items() if lines]

    def _store(self, label: str, wanted: Any) -> Any:
        if hasattr(wanted, "increment"):
            self.key_value[label] = wanted
            return wanted
        stored = wanted if isinstance(wanted, Stored) else Stored(_mapping("key_value", label, wanted))
        self.key_value[label] = stored
        return Store(stored)

    def _database(self, label: str, wanted: Any) -> Any:
        if hasattr(wanted, "open") and not isinstance(wanted, Path):
            self.sqlite[label] = wanted
            return wanted
        database = wanted if isinstance(wanted, Database) else Database(self.folder() / "database.db")
        for script in _scripts(label, wanted):
            database.run(script)
        self.sqlite[label] = database
        return Served(database)

    def _container(self, label: str, wanted: Any) -> Any:
        if hasattr(wanted, "names"):
            self.blobstore[label] = wanted
            return wanted
        objects = Objects(self.folder())
        objects.update(_mapping("blobstore", label, wanted))
        self.blobstore[label] = objects
        return objects.container

    def _broker(self, label: str, wanted: Any) -> Any:
        place = Place(label=label, config=Path(), state=Path())
        broker = MemoryBroker(MemoryConfig(), place) if wanted is None else wanted
        self.messaging[label] = broker
        return broker

    def folder(self) -> Path:
        """A new folder that goes with the test."""
        return Path(self.resources.enter_context(tempfile.TemporaryDirectory(prefix="atoll-test-")))


def _mapping(room: str, label: str, wanted: Any) -> Mapping[str, Any]:
    if wanted is None or isinstance(wanted, Mapping):
        return wanted or {}
    raise TypeError(f"{room}={{{label!r}: …}} must be a mapping of what is in it, or a provider; got {wanted!r}")


def _scripts(label: str, wanted: Any) -> list[str]:
    """Statements that fill a database: text, or a file of them."""
    match wanted:
        case None | Database():
            return []
        case str():
            return [wanted]
        case Path():
            return [wanted.read_text("utf-8")]
    raise TypeError(f"sqlite={{{label!r}: …}} must be SQL, the path of a file of it, or a provider; got {wanted!r}")


def _last(lines: list[str]) -> str:
    left_out = len(lines) - _MOST_SHOWN
    told = [f"({left_out} earlier ones are left out)"] if left_out > 0 else []
    return "\n".join(told + lines[-_MOST_SHOWN:])
