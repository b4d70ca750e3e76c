"""One component of an app, or a wasm file, to be run or called by itself with virtual capabilities around it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from atoll.app import App
from atoll.capabilities.custom.imported import answering
from atoll.embed import Grants
from atoll.errors import UserError
from atoll.host import inspect
from atoll.host.composing import composed_alone
from atoll.host.inspected import Inspected
from atoll.host.symbols import path_of
from atoll.lock import LockSettings, resolve
from atoll.manifest.check import unknown_component
from atoll.manifest.model import Component
from atoll.testing.cases.model import Before
from atoll.testing.options import PluginOptions
from atoll.testing.plugins import PluginUnderTest, load_plugin
from atoll.testing.virtual.clock import Clock


class Stores(Protocol):
    """The stores and databases that it may find, by label."""

    key_value: dict[str, Any]
    sqlite: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A guest and what its manifest grants.

    folders: those that it reads, by the path under which it finds them. root: the one that it finds as `/`, where it
    may write.
    """

    name: str
    wasm: Path
    folders: Mapping[str, Path] = field(default_factory=dict)
    root: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    key_value: tuple[str, ...] = ()
    sqlite: tuple[str, ...] = ()
    network: tuple[str, ...] = ()

    @property
    def inspected(self) -> Inspected:
        """What the file is."""
        return inspected(self.wasm)

    @property
    def rooms(self) -> set[str]:
        """The capabilities that it imports, but for WASI's own."""
        return {one.room for one in self.inspected.imports if one.room is not None}

    @contextmanager
    def loaded(self, given: Before, stores: Stores, imports: Mapping[str, object]) -> Iterator[PluginUnderTest]:
        """The guest as a plugin with what a test gives, and these imports. Raises what `atoll.load` raises."""
        writable = {"/": self.root} if self.root is not None else {}
        known = {one.name.partition("@")[0] for one in self.inspected.imports}
        named = {name: answering(name, what) for name, what in self.imports.items() if name.partition("@")[0] in known}
        options = PluginOptions(
            name=self.name,
            imports={**named, **imports},
            grants=Grants(dirs=self.folders, writable_dirs=writable, network=self.network),
            env={**self.environment, **given.environment},
            variables=dict(self.variables),
            key_value={label: stores.key_value[label] for label in self.key_value},
            sqlite={label: stores.sqlite[label] for label in self.sqlite},
        )
        if given.clock is not None:
            options["clock"] = Clock(given.clock)
        if given.random is not None:
            options["random"] = given.random
        with load_plugin(self.wasm, **options) as plugin:
            yield plugin


def guest_of(app: App, component: str | None, given: Before, folder: Path) -> Guest:
    """The app's component of that id, or its only one. Its files are copied below `folder`.

    Raises UserError `component-unknown`, and what is wrong with the component's source, files and variables.
    """
    if app.is_bare:
        if component is not None:
            raise UserError("component-unknown", f"{app.file.name} has no component `{component}`: it is one itself")
        network = ("*://*:*",) if given.network is True else tuple(given.network or ())
        return Guest(
            name=app.file.stem,
            wasm=app.file,
            variables=given.variables,
            key_value=tuple(given.key_value),
            sqlite=tuple(given.sqlite),
            network=network,
        )
    name = component or _only(app)
    if name not in app.manifest.component:
        raise unknown_component(name, app.manifest)
    return _granted(app, name, given, folder)


def _only(app: App) -> str:
    names = [*app.manifest.component]
    if len(names) != 1:
        listed = ", ".join(f"`{name}`" for name in names)
        raise UserError("component-unknown", f"the app has several components: {listed}", "say which: `component`")
    return names[0]


def _granted(app: App, name: str, given: Before, folder: Path) -> Guest:
    component = app.manifest.component[name]
    settled = app.settled(given.variables, ())
    settings = LockSettings(working_directory=folder)
    locked = resolve(app.lock(settings), settled.known)
    [found] = [one for one in locked["components"] if one["id"] == name]
    found = composed_alone(locked, found, settings.compositions, app.locate)
    own = app.manifest.application.tool.atoll
    return Guest(
        name=name,
        wasm=path_of(found["source"]["source"]),
        folders={mount["path"]: path_of(mount["source"]) for mount in found.get("files", [])},
        environment=component.environment,
        variables={name: value for name, value in found.get("config", {}).items() if isinstance(value, str)},
        imports=own.imports if own is not None else {},
        key_value=tuple(component.key_value_stores),
        sqlite=tuple(component.sqlite_databases),
        network=_network(component, given),
    )


def _network(component: Component, given: Before) -> tuple[str, ...]:
    allowed = component.allowed_outbound_hosts
    return tuple(host for host in allowed if given.network is True or host in (given.network or ()))


@cache
def inspected(wasm: Path) -> Inspected:
    """What a file is. Raises UserError."""
    return inspect(str(wasm))
