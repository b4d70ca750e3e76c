"""Which of a component's imports tests have called, and which of its grants they never used.

What is counted is what reaches a virtual capability, by the operation of its provider. WASI's own interfaces, apart
from outbound HTTP, are answered by the data plane and not seen here; nor are language models and other servers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from atoll.app import App
from atoll.embed.bind.parser import parsed
from atoll.errors import AtollError
from atoll.host import inspect
from atoll.host.inspected import Import
from atoll.manifest import grants, templates
from atoll.manifest.model import Component
from atoll.testing.cases.counting import Asked
from atoll.testing.cases.matching import fits
from atoll.testing.virtual.key_value import Store

_OPERATIONS = {
    "key_value": {"get-keys": "keys", "list-keys": "keys"},
    "sqlite": {"execute-async": "execute"},
    "blobstore": {
        "get-data": "read",
        "write-data": "write",
        "list-objects": "names",
        "has-object": "info",
        "object-info": "info",
        "delete-object": "delete",
        "delete-objects": "delete",
        "copy-object": "copy",
        "move-object": "rename",
    },
    "messaging": {},
    "variables": {},
    "http": {"handle": "send"},
}
"""The rooms that are seen; of each, the functions of WIT that its provider calls otherwise."""

_SEEN = {
    "key_value": {*Store.__dict__},
    "sqlite": {"open", "execute", "last_insert_rowid", "changes"},
    "blobstore": {"read", "write", "names", "info", "delete", "copy", "rename"},
    "messaging": {"send", "request"},
    "variables": {"get"},
    "http": {"send"},
}
_OUTGOING = ("wasi:http/outgoing-handler", "wasi:http/client")
_PORTS = {"http": 80, "https": 443}

Counts = dict[str, dict[str, int | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One component. A count is None for what cannot be seen.

    functions: of its imports, by interface. granted: values by the manifest's key. unseen: interfaces of which nothing
    is seen. shared: the manifest's keys of which other components have the same; their calls are counted together.
    """

    app: str
    component: str
    functions: Counts
    granted: Counts
    unseen: tuple[str, ...]
    shared: tuple[str, ...]

    @property
    def never_called(self) -> list[str]:
        """Functions that are seen, and that no test called."""
        return [f"{interface}.{name}" for interface, of in self.functions.items() for name, n in of.items() if n == 0]

    @property
    def never_used(self) -> list[str]:
        """Grants that are seen, and that no test used."""
        return [f"{key}: {value}" for key, of in self.granted.items() for value, n in of.items() if n == 0]

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "app": self.app,
            "component": self.component,
            "functions": self.functions,
            "grants": self.granted,
            "unseen": [*self.unseen],
            "shared": [*self.shared],
        }


def coverage(apps: Iterable[App], asked: Asked) -> list[Covered]:
    """What tests have asked, for each component of the apps."""
    return [_covered(app, name, asked) for app in apps for name in app.manifest.component]


def _covered(app: App, name: str, asked: Asked) -> Covered:
    component = app.manifest.component[name]
    own, functions, unseen = _Own(app, component, asked), Counts(), list[str]()
    for one, names in _imports(app, component):
        counts = {called: own.count(one, called) for called in names}
        if any(count is not None for count in counts.values()):
            functions[one.name] = counts
        else:
            unseen.append(one.name)
    return Covered(
        app=app.name,
        component=name,
        functions=functions,
        granted=_granted(app, component, asked),
        unseen=tuple(unseen),
        shared=tuple(_shared(app, name)),
    )


def _imports(app: App, component: Component) -> Iterator[tuple[Import, list[str]]]:
    """What the component imports, with the names of functions; nothing where it is not there."""
    if not isinstance(component.source, str):
        return
    try:
        described = inspect(str(app.base / component.source))
        world = parsed(described.world) if described.world else None
    except AtollError:
        return
    for one in described.imports:
        interface = world.interfaces.get(one.name) if world else None
        yield (
            one,
            [function.name for function in interface.all_functions() if function.role != "constructor"]
            if interface
            else [],
        )


class _Own:
    """What was asked on behalf of one component, as far as that can be told: by what it is granted."""

    def __init__(self, app: App, component: Component, asked: Asked) -> None:
        self._asked = [
            (room, function, of, times) for (by, room, function, of), times in asked.items() if by == app.name
        ]
        self._labels = {room: {*labels} for room, labels in _labels(component).items()}
        settings = app.manifest.application.tool.atoll
        self._objects = {name.partition("@")[0] for name in settings.imports} if settings is not None else set()

    def count(self, one: Import, function: str) -> int | None:
        """How often a function was called; None where that is not seen."""
        interface = one.name.partition("@")[0]
        if interface in self._objects:
            return sum(
                times
                for room, called, _, times in self._asked
                if room.partition("@")[0] == interface and called.rpartition(".")[2] == function
            )
        room = "http" if interface in _OUTGOING else one.room
        if room not in _OPERATIONS:
            return None
        operation = _OPERATIONS[room].get(function, function.replace("-", "_"))
        if operation not in _SEEN[room]:
            return None
        granted = self._labels.get(room)
        return sum(
            times
            for where, called, of, times in self._asked
            if where == room and called == operation and (granted is None or of in granted)
        )


def _labels(component: Component) -> dict[str, list[str]]:
    own = component.tool.atoll
    return {
        "key_value": component.key_value_stores,
        "sqlite": component.sqlite_databases,
        "blobstore": own.blobstores if own is not None else [],
        "messaging": [grant.partition(":")[0] for grant in own.messaging] if own is not None else [],
    }


def _granted(app: App, component: Component, asked: Asked) -> Counts:
    counts: Counts = {}
    own = [(room, of, times) for (by, room, _, of), times in asked.items() if by == app.name]
    for room, labels in _labels(component).items():
        if labels:
            used = {label: sum(times for where, of, times in own if (where, of) == (room, label)) for label in labels}
            counts[str(grants.ROOMS[room])] = {**used}
    variables = {name: _names(text) for name, text in component.variables.items()}
    if variables:
        counts["variables"] = {
            name: sum(times for room, of, times in own if room == "variables" and of in names) if names else None
            for name, names in variables.items()
        }
    if component.allowed_outbound_hosts:
        sites = [(of, times) for room, of, times in own if room == "http"]
        counts[grants.HOSTS] = {host: _reached(app, host, sites) for host in component.allowed_outbound_hosts}
    return counts


def _shared(app: App, name: str) -> Iterator[str]:
    """The keys of which another component has the same, or what cannot be told apart."""
    components = app.manifest.component
    others = [component for other, component in components.items() if other != name]
    mine = _labels(components[name])
    for room, labels in mine.items():
        if any({*labels} & {*_labels(other)[room]} for other in others):
            yield str(grants.ROOMS[room])
    for key in ("variables", grants.HOSTS):
        if getattr(components[name], key) and any(getattr(other, key) for other in others):
            yield key


def _names(text: str) -> tuple[str, ...]:
    try:
        return templates.parse(text).names
    except ValueError:
        return ()


def _reached(app: App, host: str, sites: list[tuple[str, int]]) -> int | None:
    """How many requests went to a host as the manifest names it. The app itself, and other protocols, are not seen."""
    try:
        written = templates.parse(host).fill(app.settled({}, ()).known)
    except (KeyError, ValueError, AtollError):
        return None
    scheme, separator, rest = written.partition("://")
    if not separator or scheme not in ("*", "http", "https") or rest == "self" or rest.endswith(".spin.internal"):
        return None
    return sum(times for site, times in sites if _is_of(site, scheme, rest))


def _is_of(site: str, scheme: str, rest: str) -> bool:
    url = urlsplit(site)
    host, _, port = rest.partition(":")
    ports = {str(url.port or _PORTS[url.scheme])}
    wanted = port or str(_PORTS.get(scheme, _PORTS[url.scheme]))
    return scheme in ("*", url.scheme) and fits(host, url.hostname or "") and wanted in ("*", *ports)
