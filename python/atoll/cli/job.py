"""What `up` was asked for, as the one job that its workers serve."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from atoll.app import App
from atoll.cache import cache_folders
from atoll.cli.compiling import take
from atoll.cli.recording import wanted
from atoll.cli.script import Script
from atoll.cli.values import pairs
from atoll.errors import UserError, raise_all
from atoll.host import Job, Reuse, Settings
from atoll.host.serve import most_sockets
from atoll.host.settings import AccessFormat, Compiler, Development, Engine, Http, Log, Observe, Sampler, Tls
from atoll.lock import LockSettings
from atoll.manifest.check import unknown_component
from atoll.observe.otel.config import from_environment
from atoll.runtime.backends import DEFAULT, Backends, Folders
from atoll.runtime.config import STATE_DIR, Loaded
from atoll.runtime.prepared import Given, prepare
from atoll.supervisor.address import UNIX, shown, split
from atoll.supervisor.listening import free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """The arguments of `up`, as they were given."""

    source: str | None
    profile: str | None
    env: tuple[str, ...]
    temp: str | None
    cache_dir: str | None
    direct_mounts: bool
    component_id: tuple[str, ...]
    listen: str
    listen_mode: int | None
    proxy_protocol: bool
    compress: bool
    tls_cert: str | None
    tls_key: str | None
    find_free_port: bool
    format: str
    log_dir: str | None
    log_max_size: int
    truncate_logs: bool
    follow: tuple[str, ...]
    quiet: bool
    disable_cache: bool
    compile_timeout: int
    compile_memory: int
    disable_pooling: bool
    debug_info: bool
    runtime_config_file: str | None
    state_dir: str | None
    allow_transient_write: bool
    max_instance_memory: int | None
    variable: tuple[str, ...]
    key_value: tuple[str, ...]
    sqlite: tuple[str, ...]
    workers: int | None
    busy_poll: int
    drain_timeout: int
    request_timeout: int | None
    max_instance_reuse_count: int | None
    max_instance_concurrent_reuse_count: int | None
    idle_instance_timeout: int | None
    access_log: AccessFormat
    reload: bool
    watch: bool = False
    """Build what has changed before each reload."""
    clear: bool = False
    metrics: str | None
    symbols: str | None = None
    allow_profiles: bool = False
    profile_to: str | None = None
    record: str | None = None
    record_only: tuple[str, ...] = ()
    record_most: int = 1000
    development: bool = False
    live_reload: bool = False
    ending: str = ""
    """What ends every HTML page in development."""
    policy: str | None = None
    compiled: str | None = None
    compiled_keys: tuple[str, ...] = ()
    never_compile: bool = False
    state_of_pulled: str | None = None
    """Where an app from a registry keeps its state, if nobody says."""
    profile_parts: str | None = None
    """Where each process leaves its profile."""


def make_job(app: App, options: UpOptions, config: Loaded, folder: Path, memory: Path) -> Job:
    """Lock the app into `folder` and gather the settings. What ends with the run is kept in `memory`.

    Raises UserError or Problems for everything that is wrong with the app, its files or its variables.
    """
    raise_all(unknown_component(name, app.manifest) for name in options.follow if name not in app.manifest.component)
    scripts = [Script.given(text) for text in options.sqlite]
    lock = LockSettings(
        working_directory=folder,
        cache_directory=cache_folders(options.cache_dir).root,
        direct_mounts=options.direct_mounts,
        components=options.component_id,
        environment=pairs(options.env, "--env"),
        policy=options.policy,
    )
    given = Given(
        lock=lock,
        folders=Folders(config=config.folder, state=_state(app, options, config), memory=memory),
        variables=options.variable,
        filled={"key_value": {DEFAULT} if options.key_value else set(), "sqlite": {one.label for one in scripts}},
        symbols=Path(options.symbols) if options.symbols else None,
    )
    prepared = prepare(app, config, given)
    if options.key_value:
        from atoll.cli.seeding import seed  # it needs modules that start slowly

        seed(prepared.behind, pairs(options.key_value, "--key-value"))
    if scripts:
        from atoll.cli.scripts import run_all  # as well

        run_all(prepared.behind, scripts)
    settings = _settings(app, options, config, prepared.behind)
    take(options.compiled, options.compiled_keys, settings)
    return prepared.job(settings, _reuse(options))


def _settings(app: App, options: UpOptions, config: Loaded, behind: Backends) -> Settings:
    return Settings(
        listen=_listen(options),
        listen_mode=options.listen_mode,
        proxy_protocol=options.proxy_protocol,
        compress=options.compress,
        workers=options.workers or _cores(),
        drain_ms=options.drain_timeout,
        http=Http(busy_poll_us=options.busy_poll),
        allow_transient_write=options.allow_transient_write,
        max_instance_memory=options.max_instance_memory or config.max_instance_memory,
        request_timeout_ms=options.request_timeout,
        tls=_tls(options),
        log=Log(
            dir=_log_dir(app, options, config),
            truncate=options.truncate_logs,
            max_bytes=options.log_max_size,
            follow=[] if options.quiet else list(options.follow) or "all",
            access=options.access_log,
        ),
        engine=Engine(
            pooling="off" if options.disable_pooling else "auto",
            debug_info=options.debug_info,
            cache_dir=None if options.disable_cache else str(cache_folders(options.cache_dir).code),
            compiler=Compiler(timeout_ms=options.compile_timeout, memory_bytes=options.compile_memory),
            never_compile=options.never_compile,
        ),
        outbound=config.network().settings(
            config.folder, os.environ.get("SSL_CERT_FILE") or None, most_sockets(options.workers or _cores())
        ),
        rooms=behind.rooms,
        observe=_observe(options),
        development=_development(app, options),
        record=wanted(options.record, options.record_only, options.record_most),
    )


def _listen(options: UpOptions) -> str:
    if options.listen.startswith(UNIX):
        if options.listen == UNIX:
            raise UserError("listen-failed", "`unix:` names no socket", "write unix:PATH, such as unix:/run/app.sock")
        return options.listen
    host, port = split(options.listen)
    if options.find_free_port and port:
        port = free_port(host, port)
    return shown(host, port)


def _observe(options: UpOptions) -> Observe:
    exported = from_environment(os.environ)
    sampling = exported.traces
    return Observe(
        metrics=bool(options.metrics) or exported.metrics,
        traces=None if sampling is None else Sampler(parent_based=sampling.parent_based, ratio=sampling.ratio),
        logs=exported.logs,
        guest_metrics=exported.metrics,
        profiles=options.allow_profiles or options.profile_parts is not None,
        profile_dir=options.profile_parts,
    )


def _development(app: App, options: UpOptions) -> Development | None:
    if not options.development:
        return None
    sources = {"": str(app.base)}
    for name, component in app.manifest.component.items():
        if component.build is not None:
            sources[name] = str(app.base / (component.build.workdir or ""))
    return Development(ending=options.ending, sources=sources)


def _tls(options: UpOptions) -> Tls | None:
    if options.tls_cert is None and options.tls_key is None:
        return None
    if options.tls_cert is None or options.tls_key is None:
        raise UserError("argument-invalid", "--tls-cert and --tls-key go together", "name both files, or none")
    # A worker may have another working directory.
    return Tls(cert_file=str(Path(options.tls_cert).absolute()), key_file=str(Path(options.tls_key).absolute()))


def _log_dir(app: App, options: UpOptions, config: Loaded) -> str | None:
    """The command line wins over the runtime config; an empty name switches the files off."""
    given = options.log_dir if options.log_dir is not None else config.log_dir
    if given is not None:
        return str(Path(given).absolute()) if given else None
    return str(_state(app, options, config) / "logs")


def _state(app: App, options: UpOptions, config: Loaded) -> Path:
    state = options.state_dir or config.state_dir or options.state_of_pulled
    return Path(state).absolute() if state else app.base / STATE_DIR


def _reuse(options: UpOptions) -> Reuse | None:
    reuse = Reuse(
        max_requests=options.max_instance_reuse_count,
        concurrency=options.max_instance_concurrent_reuse_count,
        idle_ms=options.idle_instance_timeout,
    )
    return None if reuse == Reuse() else reuse


def _cores() -> int:
    """One worker a core where the kernel spreads connections over several listeners; elsewhere one."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
