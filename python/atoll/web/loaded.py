"""From a manifest and its settings to an app that can be asked in this process."""

import asyncio
import os
import weakref
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any, NoReturn

import msgspec

from atoll.app import App
from atoll.cache import cache_folders
from atoll.errors import UserError
from atoll.host import InProcess, Job, Problem, Settings, raise_problems
from atoll.host.serve import most_sockets
from atoll.host.settings import Engine, Http, Log, Observe, Sampler
from atoll.lock import LockSettings
from atoll.observe.exporting import app_name, exporting
from atoll.observe.otel.config import from_environment
from atoll.runtime.backends import Backends, Folders
from atoll.runtime.config import STATE_DIR
from atoll.runtime.config import Loaded as Config
from atoll.runtime.config import load as load_config
from atoll.runtime.prepared import Given, prepare
from atoll.runtime.scratch import Scratch, memory_place
from atoll.web.guest_logs import GuestLogs
from atoll.web.limits import limits_by_name

Path = str | os.PathLike[str]

# Seconds that the last export may take at the end.
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `asgi` was asked for."""

    source: Path
    variables: dict[str, str] = field(repr=False)
    environment: dict[str, str] = field(repr=False)
    runtime_config: Path | None
    limits: dict[str, object]
    components: tuple[str, ...]
    profile: str | None
    state_dir: Path | None
    cache_dir: Path | None
    log_dir: Path | None
    drain: float


class Loaded:
    """An app that is ready to be asked. What it has of this machine is given back when it is gone, or at the end."""

    def __init__(self, name: str, host: InProcess, belongings: ExitStack) -> None:
        self.name = name
        self.host = host
        self.logs = GuestLogs(host.lines)
        belongings.callback(self.logs.flush)
        weakref.finalize(self, _give_back, belongings, os.getpid())


def _give_back(belongings: ExitStack, process: int) -> None:
    # A child of a fork has none of them, though it knows them all.
    if process == os.getpid():
        belongings.close()


def load(wanted: Wanted) -> Loaded:
    """Load the app, within a running event loop or without one.

    Raises UserError or Problems with everything that is wrong.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _load(wanted)
    # Providers of variables are asked on a loop of their own.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_load, wanted).result()


def _load(wanted: Wanted) -> Loaded:
    config = load_config(None if wanted.runtime_config is None else File(wanted.runtime_config))
    app = App.load(File(wanted.source), profile=wanted.profile)
    limits = _limits(wanted.limits, app)

    def refuse(problems: list[Problem]) -> NoReturn:
        raise_problems(problems, app.locate)

    with ExitStack() as stack:
        prepared = prepare(app, config, _given(wanted, app, config, stack))
        job = prepared.job(_settings(wanted, config, prepared.behind))
        if limits:
            job = msgspec.structs.replace(job, locked=_with_limits(job.locked, limits))
        host = InProcess(job, refuse=refuse, keeps_lines=wanted.log_dir is None)
        stack.enter_context(exporting(host, job))
        _push_metrics(host, job, stack)
        return Loaded(app.name, host, stack.pop_all())


def _given(wanted: Wanted, app: App, config: Config, stack: ExitStack) -> Given:
    """Beside manifest and runtime config, with folders that go with the stack."""
    working, memory = Scratch(), Scratch(memory_place())
    for made in (working, memory):
        stack.callback(made.close)
    state = wanted.state_dir or config.state_dir
    return Given(
        lock=LockSettings(
            working_directory=working.folder,
            cache_directory=cache_folders(wanted.cache_dir).root,
            components=wanted.components,
            environment=wanted.environment,
        ),
        folders=Folders(
            config=config.folder,
            state=File(state).absolute() if state else app.base / STATE_DIR,
            memory=memory.folder,
        ),
        variables=wanted.variables,
    )


def _settings(wanted: Wanted, config: Config, behind: Backends) -> Settings:
    exported = from_environment(os.environ)
    sampling = exported.traces
    return Settings(
        # The program's own server looks for requests.
        http=Http(busy_poll_us=0),
        max_instance_memory=config.max_instance_memory,
        log=Log(dir=None if wanted.log_dir is None else str(File(wanted.log_dir).absolute()), follow=[]),
        engine=Engine(cache_dir=str(cache_folders(wanted.cache_dir).code)),
        outbound=config.network().settings(config.folder, os.environ.get("SSL_CERT_FILE") or None, most_sockets(1)),
        rooms=behind.rooms,
        observe=Observe(
            metrics=exported.metrics,
            traces=None if sampling is None else Sampler(parent_based=sampling.parent_based, ratio=sampling.ratio),
            logs=exported.logs,
            guest_metrics=exported.metrics,
        ),
    )


def _push_metrics(host: InProcess, job: Job, stack: ExitStack) -> None:
    if not job.settings.observe.metrics:
        return
    from atoll.observe import Watch
    from atoll.observe.otel.metrics import MetricExporter

    watch = Watch()
    stack.callback(watch.close)
    watch.alone(host.measure)
    exporter = MetricExporter(watch, app=app_name(job.locked))
    stack.callback(exporter.stop, _PATIENCE)


def _limits(given: Mapping[str, object], app: App) -> dict[str, int]:
    """As the data plane reads them. Raises UserError or Problems `limit-invalid`."""
    if given and not app.is_bare:
        raise UserError(
            "limit-invalid",
            "`limits` are those of a component without a manifest, and this app has one",
            f"write them in {app.file.name}, as [component.X.tool.atoll.limits]",
        )
    return limits_by_name(given)


def _with_limits(locked: dict[str, Any], limits: dict[str, int]) -> dict[str, Any]:
    (component,) = locked["components"]
    metadata = component.get("metadata", {}) | {"atoll": {"limits": limits}}
    return locked | {"components": [component | {"metadata": metadata}]}
