"""`atoll up`: serve an app. Flags and variables of `spin up` keep their names."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import click

from atoll.cli.compiling import COMPILED, COMPILING
from atoll.cli.failure import Failures
from atoll.cli.sources import FROM_REGISTRY
from atoll.cli.values import COUNT, MODE, SIZE, TIME
from atoll.errors import AtollError

Decorator = Callable[[Any], Any]

APP = (
    click.option(
        "-f",
        "--from",
        "--file",
        "--from-file",
        "source",
        metavar="PATH|REFERENCE",
        help="A spin.toml, a serverless.yml, a folder that holds one, a .wasm file, or an app of a registry. By "
        "default the nearest manifest above.",
    ),
    click.option("--profile", help="Use this build profile."),
    click.option("-c", "--component-id", metavar="ID", multiple=True, help="Run only this component; may be repeated."),
    click.option("-e", "--env", metavar="NAME=VALUE", multiple=True, help="Environment variable for all components."),
    click.option(
        "--variable",
        metavar="NAME=VALUE",
        multiple=True,
        help="Value of a variable: also NAME=@FILE, @FILE.json, @FILE.toml.",
    ),
    click.option(
        "--key-value",
        metavar="KEY=VALUE",
        multiple=True,
        help="Put a value into the key-value store `default` first; may be repeated.",
    ),
    click.option(
        "--sqlite",
        metavar="SQL",
        multiple=True,
        help="Run statements on the SQLite database `default` first, or @FILE, or @FILE:LABEL; may be repeated.",
    ),
    click.option(
        "--runtime-config-file",
        metavar="FILE",
        envvar=["ATOLL_RUNTIME_CONFIG_FILE", "RUNTIME_CONFIG_FILE"],
        show_envvar=True,
        help="The operator's settings of the app.",
    ),
)
_CHANGES = (
    *FROM_REGISTRY,
    *COMPILED,
    click.option("--build", is_flag=True, help="Build the app's components first, as `atoll build` does."),
    click.option(
        "--reload",
        is_flag=True,
        help="Watch manifest, wasm, static files and files of variables, and reload the app when they change.",
    ),
    click.option(
        "--development",
        is_flag=True,
        help="Show whoever asks why a request failed: the stack, the source, what the guest wrote.",
    ),
)
_SERVING = (
    click.option(
        "--listen",
        metavar="HOST:PORT",
        default="127.0.0.1:3000",
        show_default=True,
        envvar=["ATOLL_LISTEN", "SPIN_HTTP_LISTEN_ADDR"],
        show_envvar=True,
        help="Where to listen; port 0 takes a free one, unix:PATH a Unix socket.",
    ),
    click.option(
        "--listen-mode", type=MODE, metavar="MODE", help="Permissions of the Unix socket, such as 660; else by umask."
    ),
    click.option(
        "--tls-cert",
        metavar="FILE",
        envvar=["ATOLL_TLS_CERT", "SPIN_TLS_CERT"],
        show_envvar=True,
        help="Serve HTTPS with this certificate chain (PEM); it is read again when it changes.",
    ),
    click.option(
        "--tls-key",
        metavar="FILE",
        envvar=["ATOLL_TLS_KEY", "SPIN_TLS_KEY"],
        show_envvar=True,
        help="The private key of the certificate (PEM).",
    ),
    click.option(
        "--proxy-protocol",
        is_flag=True,
        envvar="ATOLL_PROXY_PROTOCOL",
        show_envvar=True,
        help="Every connection must begin with a header of the PROXY protocol (1 or 2), which names its client.",
    ),
    click.option(
        "--compress",
        is_flag=True,
        envvar="ATOLL_COMPRESS",
        show_envvar=True,
        help="Compress text and its like (zstd, br, gzip) for clients that take it.",
    ),
    click.option("--find-free-port", is_flag=True, help="If the port is taken, try the next ones."),
    click.option(
        "--workers",
        type=click.IntRange(1, 256),
        envvar="ATOLL_WORKERS",
        show_envvar=True,
        help="Worker processes; by default one a core. 1 keeps all in one process.",
    ),
    click.option(
        "--busy-poll",
        type=click.IntRange(0, 10_000),
        metavar="MICROSECONDS",
        default=200,
        show_default=True,
        envvar="ATOLL_BUSY_POLL",
        show_envvar=True,
        help="How long a worker that answers a busy client looks for the next request before it sleeps; for a quick "
        "provider's answer to a call that waits alone, five times as long.",
    ),
    click.option(
        "--drain-timeout",
        type=TIME,
        default="10s",
        show_default=True,
        help="How long requests in flight may take to end after a signal to stop.",
    ),
    click.option(
        "--format",
        type=click.Choice(["plain", "json"]),
        default="plain",
        show_default=True,
        help="Form of the address and route list.",
    ),
)
_FILES = (
    click.option("--direct-mounts", is_flag=True, help="Mount folders directly instead of copying their files."),
    click.option(
        "--allow-transient-write",
        is_flag=True,
        help="Let guests write to their files; what they write is gone at the end.",
    ),
    click.option("--temp", "--tmp", metavar="DIR", help="Copy files into this folder instead of a temporary one."),
    click.option(
        "--cache-dir",
        metavar="DIR",
        envvar="ATOLL_CACHE_DIR",
        show_envvar=True,
        help="Where downloads and compiled code are kept.",
    ),
    click.option("--disable-cache", is_flag=True, help="Compile anew, and keep no compiled code."),
    *COMPILING,
    click.option(
        "--state-dir", metavar="DIR", help="Where the app keeps its state; by default .spin beside the manifest."
    ),
)
_LOGS = (
    click.option(
        "-L",
        "--log-dir",
        metavar="DIR",
        envvar=["ATOLL_LOG_DIR", "SPIN_LOG_DIR"],
        show_envvar=True,
        help='Where component logs go; by default "logs" in the state folder. Empty: no files.',
    ),
    click.option(
        "--log-max-size",
        type=SIZE,
        default="64MiB",
        show_default=True,
        envvar="ATOLL_LOG_MAX_SIZE",
        show_envvar=True,
        help="Bytes of a log file before it begins anew; one predecessor is kept.",
    ),
    click.option("--truncate-logs", is_flag=True, help="Empty the log files at start."),
    click.option("--follow", metavar="ID", multiple=True, help="Show only this component's output; may be repeated."),
    click.option("-q", "--quiet", "--sh", "--shush", is_flag=True, help="Show no component's output."),
    click.option(
        "--access-log",
        type=click.Choice(["off", "text", "json"]),
        default="off",
        show_default=True,
        help="One line a request on standard output.",
    ),
    click.option(
        "--experimental-wasi-otel",
        is_flag=True,
        expose_value=False,
        help="For Spin's sake: wasi:otel is always there.",
    ),
    click.option(
        "--metrics",
        metavar="HOST:PORT",
        envvar="ATOLL_METRICS",
        show_envvar=True,
        help="Tell metrics (/metrics, for Prometheus) and health (/livez, /readyz) there; port 0 takes a free one.",
    ),
    click.option(
        "--allow-profiles",
        is_flag=True,
        help="Whoever reaches the address of --metrics may profile the app, see `atoll profile`.",
    ),
    click.option(
        "--profile-to",
        metavar="DIR",
        help="Profile the app while it runs, and write flame graphs and host calls into this folder at the end.",
    ),
    click.option(
        "--record", metavar="DIR", help="Keep requests with all that guests asked of the host, for `atoll replay`."
    ),
    click.option(
        "--record-only",
        metavar="WHAT",
        multiple=True,
        help="Only some: `errors`, `slower:TIME` or `header:NAME`; may be repeated, and one of them suffices.",
    ),
    click.option("--record-most", type=COUNT, default=1000, show_default=True, help="No more than so many requests."),
)
_INSTANCES = (
    click.option(
        "--max-instance-memory",
        type=SIZE,
        envvar=["ATOLL_MAX_INSTANCE_MEMORY", "SPIN_MAX_INSTANCE_MEMORY"],
        show_envvar=True,
        help="Memory limit of every call, in bytes or such as 64MiB.",
    ),
    click.option("--request-timeout", type=TIME, help="Deadline of every call, such as 30s."),
    click.option(
        "--max-instance-reuse-count", type=COUNT, help="Requests that an instance of WASI 0.3 serves; by default 1."
    ),
    click.option("--max-instance-concurrent-reuse-count", type=COUNT, help="Requests that it serves at the same time."),
    click.option("--idle-instance-timeout", type=TIME, help="How long it is kept while nobody calls it."),
    click.option("--disable-pooling", is_flag=True, help="Allocate instances on demand."),
    click.option(
        "--symbols",
        metavar="DIR",
        help="Where `atoll build` kept symbols of stripped files; by default .spin/symbols beside the manifest.",
    ),
    click.option("--debug-info", is_flag=True, help="Keep debug information, for native debuggers."),
)


def options(*groups: Sequence[Decorator]) -> Decorator:
    """Decorate with all options of the groups, in the order of the help page."""
    flat = [option for group in groups for option in group]
    return lambda function: reduce(lambda decorated, option: option(decorated), reversed(flat), function)


OPTIONS = (_SERVING, _FILES, _LOGS, _INSTANCES)
"""Those that `atoll watch` has, too, behind those of the app."""


@click.command("up")
@options(APP, _CHANGES, *OPTIONS)
@click.pass_obj
def command(failures: Failures, /, *, build: bool, **given: Any) -> None:
    """Serve an app.

    Runs until SIGINT or SIGTERM, then lets requests in flight end; a second signal ends at once.

    \b
    atoll up                                       # the nearest app
    atoll up -f app.wasm --listen 127.0.0.1:0      # one component, on a free port
    atoll up --build --reload --variable name=anna
    """
    from atoll.cli.job import UpOptions

    options = UpOptions(**_located(given))
    if build:
        _build(options)
    serve(failures, options)


def serve(failures: Failures, options: Any) -> None:
    """Serve as long as nobody asks to stop. Raises UserError or Problems if the app cannot be served."""
    from atoll.cli.living import living
    from atoll.cli.observed import observed
    from atoll.cli.profiling import profiling
    from atoll.cli.release import releases
    from atoll.cli.routes import listed
    from atoll.cli.show import Show

    with profiling(options) as profiled, living(profiled) as (given, live), releases(given) as made:
        while True:
            first = made.make_patiently(failures.show) if options.watch else made.make()
            scheme = "https" if first.job.settings.tls else "http"
            show = Show(listed(first.job.locked), scheme, options.format, failures.show)
            try:
                with observed(options, first.job, show) as watch:
                    return _serve(first, made.make, live(show), watch)
            except AtollError as error:
                if not options.watch or not made.can_be_mended(error):
                    raise
                failures.show(error)
                first.close()
            finally:
                show.close()
            made.wait()


def _located(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments with a path in the place of a reference. An app that was pulled keeps its data by its name."""
    from atoll.cli.sources import Way, located

    source, from_registry, insecure = (given.pop(name) for name in ("source", "from_registry", "insecure"))
    way = Way(cache_dir=given["cache_dir"], from_registry=from_registry, insecure=insecure, policy=given["policy"])
    found = located(source, way)
    return given | {"source": found.source, "state_of_pulled": found.state}


def _build(options: Any) -> None:
    from atoll.app import App
    from atoll.build import Way
    from atoll.cli import building

    building.build(App.load(options.source, profile=options.profile), options.component_id, Way())


def _serve(first: Any, renew: Callable[[], Any], show: Any, watch: Any) -> None:
    from atoll.supervisor.alone import serve_alone
    from atoll.supervisor.supervisor import Supervisor

    if first.job.settings.workers == 1:
        serve_alone(first, renew, show, watch)
    elif not Supervisor(first, renew, show, watch).run():
        raise click.Abort
