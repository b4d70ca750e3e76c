"""A settled manifest as Spin's locked app: one JSON document with everything found, fetched and copied.

The form is that of `crates/locked-app/src/locked.rs` of spinframework/spin. What atoll adds stands under
`metadata.atoll`, and only where the manifest asked for it.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as FilePath

from atoll.errors import UserError, raise_all
from atoll.lock.files import FileCopier, Mount, direct_mount
from atoll.lock.parts import (
    Locked,
    app_metadata,
    component_metadata,
    file_url,
    inherit,
    trigger_config,
    unless_empty,
    variable_of,
)
from atoll.lock.selection import chaining_target, select
from atoll.lock.settings import LockSettings
from atoll.lock.sources import Fetchable, Fetcher
from atoll.manifest.dependencies import parse_name
from atoll.manifest.document import Document
from atoll.manifest.model import (
    AppDependency,
    Component,
    Dependency,
    PackageDependency,
    Trigger,
    TriggerComponent,
    TriggerDependency,
)
from atoll.manifest.positions import Path
from atoll.manifest.read import Reader

_CONCURRENT_FETCHES = 8


class Locker:
    """Locks one app once."""

    def __init__(self, document: Document, base: FilePath, settings: LockSettings) -> None:
        self.document = document
        self.base = base
        self.settings = settings
        self.reader = Reader(document)
        self.manifest = document.manifest
        self.files: dict[Path, FilePath] = {}

    def lock(self, origin: str, profile: str | None) -> Locked:
        """The locked app. Raises UserError or Problems with everything that could not be found, fetched or copied."""
        if self.settings.components:
            self.manifest = select(self.manifest, self.settings.components, self.reader)
        raise_all(self.reader.problems)
        self._fetch()
        components = {name: self._component(name, component) for name, component in self.manifest.component.items()}
        raise_all(self.reader.problems)
        triggers = self._triggers(components)
        metadata = app_metadata(self.manifest) | {"origin": origin} | ({"profile": profile} if profile else {})
        needs_host = any("host_requirements" in component for component in components.values())
        return {
            "spin_lock_version": 1 if needs_host else 0,
            **({"must_understand": ["component_host_requirements"]} if needs_host else {}),
            "metadata": metadata,
            **unless_empty("variables", {name: variable_of(one) for name, one in self.manifest.variables.items()}),
            "triggers": triggers,
            "components": list(components.values()),
        }

    def _fetch(self) -> None:
        """Find all wasm files at once; each that cannot be had is noted where the manifest names it."""
        fetcher = Fetcher(self.base, self.settings.cache_directory, self.settings.policy)

        def one(wanted: tuple[Path, Fetchable]) -> tuple[Path, FilePath | UserError]:
            path, source = wanted
            try:
                return path, fetcher.fetch(source)
            except UserError as error:
                return path, error

        with ThreadPoolExecutor(_CONCURRENT_FETCHES, thread_name_prefix="fetch") as pool:
            for path, result in pool.map(one, self._wanted()):
                if isinstance(result, UserError):
                    self._note(result, path)
                else:
                    self.files[path] = result
        if not self.reader.problems:
            fetcher.pins.save()

    def _wanted(self) -> Iterator[tuple[Path, Fetchable]]:
        """What has to be there, each once."""
        wanted = dict[Path, Fetchable]()
        for name in self.manifest.component:
            wanted |= self._of_component(name)
        for path, trigger in self._all_triggers():
            for role, many in trigger.dependencies.items():
                for index, one in enumerate(many):
                    wanted |= self._of_dependency((*path, "dependencies", role, index), role, one)
        return iter(wanted.items())

    def _of_component(self, name: str) -> dict[Path, Fetchable]:
        component = self.document.manifest.component[name]
        wanted: dict[Path, Fetchable] = {("component", name, "source"): component.source}
        for key, dependency in component.dependencies.items():
            wanted |= self._of_dependency(("component", name, "dependencies", key), key, dependency)
        return wanted

    def _of_dependency(
        self, path: Path, name: str, dependency: Dependency | TriggerDependency
    ) -> dict[Path, Fetchable]:
        if isinstance(dependency, AppDependency | TriggerComponent):
            return self._of_component(dependency.component)
        return {path: _fetchable(name, dependency)}

    def _all_triggers(self) -> Iterator[tuple[Path, Trigger]]:
        places = {
            id(trigger): ("trigger", kind, index)
            for kind, triggers in self.document.manifest.trigger.items()
            for index, trigger in enumerate(triggers)
        }
        for triggers in self.manifest.trigger.values():
            for trigger in triggers:
                yield places[id(trigger)], trigger

    def _note(self, error: UserError, path: Path) -> None:
        self.reader.note(error.code, error.message, path, hint=error.hint)

    def _component(self, name: str, component: Component) -> Locked:
        chaining = any(chaining_target(host) for host in component.allowed_outbound_hosts)
        return {
            "id": name,
            **unless_empty("metadata", component_metadata(component)),
            "source": self._source(("component", name, "source")),
            **unless_empty("env", component.environment | dict(self.settings.environment)),
            **unless_empty("files", self._mounts(name, component)),
            **unless_empty("config", component.variables),
            **unless_empty("dependencies", self._dependencies(name, component)),
            **({"host_requirements": {"local_service_chaining": "required"}} if chaining else {}),
        }

    def _source(self, path: Path) -> Locked:
        file = self.files.get(path)
        return {"content_type": "application/wasm", "source": file_url(file) if file else ""}

    def _mounts(self, name: str, component: Component) -> list[Mount]:
        path: Path = ("component", name, "files")
        if not component.files:
            return []
        if self.settings.direct_mounts:
            return self._direct_mounts(name, component)
        target = self.settings.working_directory / "assets" / name
        try:
            copier = FileCopier(self.base, target, component.exclude_files)
        except UserError as error:
            self._note(error, ("component", name, "exclude_files"))
            return []
        for index, entry in enumerate(component.files):
            try:
                copier.copy(entry)
            except UserError as error:
                self._note(error, (*path, index))
        return [{"source": file_url(target), "path": "/"}]

    def _direct_mounts(self, name: str, component: Component) -> list[Mount]:
        base: Path = ("component", name)
        if component.exclude_files:
            self.reader.note(
                "files-invalid",
                "a component with `exclude_files` cannot be used with --direct-mounts",
                (*base, "exclude_files"),
                hint="leave --direct-mounts out, or remove `exclude_files`",
            )
        mounts = []
        for index, entry in enumerate(component.files):
            try:
                mounts.append(direct_mount(self.base, entry))
            except UserError as error:
                self._note(error, (*base, "files", index))
        return mounts

    def _dependencies(self, name: str, component: Component) -> dict[str, Locked]:
        return {
            key: self._dependency(("component", name, "dependencies", key), dependency)
            for key, dependency in component.dependencies.items()
        }

    def _dependency(self, path: Path, dependency: Dependency | TriggerDependency) -> Locked:
        """One dependency; a component of the app that has some of its own brings them."""
        own: dict[str, Locked] = {}
        if isinstance(dependency, AppDependency | TriggerComponent):
            path = ("component", dependency.component, "source")
            own = self._dependencies(dependency.component, self.document.manifest.component[dependency.component])
        return {
            "source": self._source(path),
            "export": getattr(dependency, "export", None),
            **inherit(getattr(dependency, "inherit_configuration", None)),
            **unless_empty("dependencies", own),
        }

    def _triggers(self, components: dict[str, Locked]) -> list[Locked]:
        """All triggers.

        One with dependencies gets its component to itself: the only one, or a copy under a name of its own.
        """
        users = Counter(trigger.component for _, trigger in self._all_triggers() if isinstance(trigger.component, str))
        locked = []
        for path, trigger in self._all_triggers():
            kind = str(path[1])
            name = trigger.component
            if trigger.dependencies and isinstance(name, str):
                if users[name] > 1:
                    components[own_component(name, trigger.id)] = components[name] | {
                        "id": own_component(name, trigger.id)
                    }
                    name = own_component(name, trigger.id)
                components[name] = self._with_dependencies(components[name], path, trigger)
            locked.append({"id": trigger.id, "trigger_type": kind, "trigger_config": trigger_config(trigger, name)})
        return locked

    def _with_dependencies(self, component: Locked, path: Path, trigger: Trigger) -> Locked:
        metadata = component.get("metadata", {}) | {"resolve-trigger-dependencies-using": path[1]}
        wanted = {
            role: [self._dependency((*path, "dependencies", role, index), one) for index, one in enumerate(many)]
            for role, many in trigger.dependencies.items()
        }
        needed = component.get("host_requirements", {}) | dict.fromkeys(trigger.dependencies, "required")
        return component | {"metadata": metadata, "trigger_dependencies": wanted, "host_requirements": needed}


def own_component(component_id: str, trigger_id: str) -> str:
    """The id of a component's copy that belongs to one trigger."""
    return f"{component_id}-for-{trigger_id}"


def _fetchable(name: str, dependency: Dependency | TriggerDependency) -> Fetchable:
    """A dependency as something to fetch: one that names only a version is a package of its own name."""
    if isinstance(dependency, str):
        return PackageDependency(version=dependency, package=parse_name(name).package)
    if isinstance(dependency, PackageDependency) and dependency.package is None:
        return PackageDependency(version=dependency.version, package=parse_name(name).package)
    return dependency  # type: ignore[return-value]  # references to components were resolved by normalising
