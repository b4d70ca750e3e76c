"""From a manifest and what a test says to an app in this process, as `atoll.asgi` has it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from atoll.app import App
from atoll.cache import cache_folders
from atoll.capabilities import resolving
from atoll.capabilities.custom.imported import ANSWERS, answering
from atoll.capabilities.registry import Named
from atoll.host import InProcess, Job, Problem, Settings, raise_problems
from atoll.host.serve import most_sockets
from atoll.host.settings import Engine, Http, Log
from atoll.lock import LockSettings
from atoll.runtime.backends import Chosen, Folders
from atoll.runtime.config import Loaded as Config
from atoll.runtime.config import load as load_config
from atoll.runtime.prepared import Given, prepare
from atoll.testing import granted
from atoll.testing.attached import Here, NoKeys, attached
from atoll.testing.options import AppOptions
from atoll.testing.surroundings import Surroundings
from atoll.testing.virtual import interfaces
from atoll.web import Mounted
from atoll.web.limits import limits_by_name
from atoll.web.loaded import Loaded, Wanted


class Tested(Mounted):
    """The app, with what only a test needs to know of it."""

    def __init__(self, loaded: Loaded, wanted: Wanted, job: Job) -> None:
        self._loaded = loaded
        self._wanted = wanted
        # These hold for the process.
        self._blocks = bool(job.settings.outbound.block_networks)
        self.locked = job.locked

    def _here(self) -> Loaded:
        # A child of a fork runs no test of its parent.
        if self.has_ended:
            raise RuntimeError("the app has ended with its test")
        return self._loaded

    @property
    def has_ended(self) -> bool:
        """Whether it answers no more."""
        return "_loaded" not in vars(self)

    def flush(self) -> None:
        """Log what guests have written."""
        if not self.has_ended:
            self._loaded.logs.flush()

    def leave(self) -> None:
        """End what runs, and give everything back."""
        self._loaded.host.core.leave()
        self.flush()
        if self._blocks:
            resolving.block()
        del self._loaded


def loaded(app: App, options: AppOptions, around: Surroundings) -> Tested:
    """Load the app. Raises UserError or Problems with everything that is wrong, ValueError for contents of stores that
    nobody is granted.
    """
    file = options.get("runtime_config")
    config = load_config(None if file is None else Path(file))
    labels, virtual = granted.labels(app, options), _Virtual(around, options)
    config = msgspec.structs.replace(config, labelled=virtual.backends(config, labels))
    values = dict(options.get("variables") or {})
    if app.is_bare:
        around.variables.update(values)
        values = {}
    elif not config.variables:
        around.variables.update(app.settled(values, ()).known)
        config = msgspec.structs.replace(config, variables=[virtual.variables()])
        values = {}
    cache = cache_folders(options.get("cache_dir")).root
    given = Given(lock=_lock(options, around, cache), folders=_folders(config, around), variables=values)
    prepared = prepare(app, config, given)
    job = prepared.job(_settings(config, cache, options))
    job = msgspec.structs.replace(job, settings=msgspec.structs.replace(job.settings, rooms=prepared.behind.rooms))
    if app.is_bare:
        components = [granted.granted_alone(one, options, labels) for one in job.locked["components"]]
        job = _with(job, components=components)
        job = msgspec.structs.replace(job, providers=job.providers | {"variables": {"": virtual.named_variables()}})
    return _asked(app, _changed(job, options, virtual))


def _asked(app: App, job: Job) -> Tested:
    def refuse(problems: list[Problem]) -> NoReturn:
        raise_problems(problems, app.locate)

    host = InProcess(job, refuse=refuse, keeps_lines=True)
    wanted = Wanted(
        source=app.file,
        variables={},
        environment={},
        runtime_config=None,
        limits={},
        components=(),
        profile=app.profile,
        state_dir=None,
        cache_dir=None,
        log_dir=None,
        drain=0.0,
    )
    return Tested(Loaded(app.name, host, ExitStack()), wanted, job)


def _lock(options: AppOptions, around: Surroundings, cache: Path) -> LockSettings:
    return LockSettings(
        working_directory=around.folder(),
        cache_directory=cache,
        components=tuple(options.get("components") or ()),
        environment=dict(options.get("environment") or {}),
    )


def _folders(config: Config, around: Surroundings) -> Folders:
    return Folders(config=config.folder, state=around.folder(), memory=around.folder())


def _settings(config: Config, cache: Path, options: AppOptions) -> Settings:
    http = options.get("http")
    outbound = config.network().settings(config.folder, None, most_sockets(1))
    return Settings(
        http=Http(busy_poll_us=0),
        max_instance_memory=config.max_instance_memory,
        log=Log(dir=None, follow=[]),
        engine=Engine(cache_dir=str(cache_folders(cache).code)),
        outbound=msgspec.structs.replace(outbound, instead=None if http is None else http.address),
    )


def _changed(job: Job, options: AppOptions, virtual: "_Virtual") -> Job:
    """The job with the network, the limits and the imports that the test says."""
    limits = limits_by_name(options.get("limits") or {})
    virtual.withhold(granted.withheld(job.locked["components"], options))
    components = [granted.changed(one, options, limits) for one in job.locked["components"]]
    metadata = job.locked.get("metadata", {})
    own = metadata.get("atoll", {})
    own = own | {"imports": virtual.imports(own.get("imports", {}))}
    return _with(job, components=components, metadata=metadata | {"atoll": own})


def _with(job: Job, **parts: Any) -> Job:
    return msgspec.structs.replace(job, locked=job.locked | parts)


class _Virtual:
    """The providers of a test, under names by which the app finds them."""

    def __init__(self, around: Surroundings, options: AppOptions) -> None:
        self._around = around
        self._options = options
        self._contents = granted.contents(options)

    def backends(self, config: Config, labels: granted.Labels) -> dict[str, dict[str, Chosen]]:
        """For each label that is granted: those that only the runtime config names are the real ones."""
        return {room: dict(self._labelled(room, config, labels)) for room in labels}

    def _labelled(self, room: str, config: Config, labels: granted.Labels) -> Iterator[tuple[str, Chosen]]:
        known, given = config.labelled.get(room, {}), self._contents[room]
        yield from known.items()
        for label in dict.fromkeys(labels[room]):
            if label in given or label not in known:
                yield label, self._chosen(Here(self._around.provide(room, label, given.get(label))))

    def variables(self) -> Chosen:
        """Who has the variables."""
        return self._chosen(Here(self._around.provide_variables()))

    def named_variables(self) -> Named:
        """The same for an app without a manifest."""
        return Named(provider=self.variables().reference or "", config={}, label="", folder="", state="")

    def imports(self, named: Mapping[str, str]) -> dict[str, str]:
        """References to what answers the app's own interfaces: what the test gives, and what the manifest names."""
        given = dict(self._options.get("imports") or {})
        others = {name: answering(name, reference) for name, reference in named.items() if name not in given}
        virtual = interfaces.of_components(self._options.get("clock"), self._options.get("random"))
        answers = {**virtual, **self._around.imports({**others, **given})}
        return {name: self._attached(_answers(name, host)) for name, host in answers.items()}

    def withhold(self, hosts: set[str]) -> None:
        """These are not reached."""
        self._around.withheld |= hosts

    def _chosen(self, provider: object) -> Chosen:
        return Chosen("here", NoKeys(), self._attached(provider))

    def _attached(self, target: object) -> str:
        return self._around.resources.enter_context(attached(target))


class _Functions(dict[str, Any]):
    """Functions by name, with an attribute. What is told of one that does not fit names its class."""


_Functions.__name__ = "dict"


def _answers(interface: str, host: Any) -> Any:
    """The host, saying which interface it answers, as the manifest wants it."""
    saying = _Functions(host) if isinstance(host, dict) else host
    vars(saying)[ANSWERS] = (interface.partition("@")[0],)
    return saying
