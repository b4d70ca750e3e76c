"""`atoll run`: one command-line component on the process's own streams."""

import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from atoll.cli.compiling import COMPILED, COMPILING, take
from atoll.cli.sources import INSECURE, POLICY, Way, located
from atoll.cli.values import SIZE, TIME, pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The arguments, as they were given."""

    file: str
    arguments: tuple[str, ...]
    directories: tuple[str, ...]
    env: tuple[str, ...]
    allow_net: tuple[str, ...]
    features: tuple[str, ...]
    deadline_ms: int | None
    cpu_ms: int | None
    memory_bytes: int | None
    cache_dir: str | None
    disable_cache: bool
    compile_timeout: int
    compile_memory: int
    compiled: str | None
    compiled_keys: tuple[str, ...]
    never_compile: bool
    debug_info: bool
    profile_to: str | None


@click.command("run")
@click.argument("file")
@click.argument("arguments", metavar="[-- ARGUMENTS]...", nargs=-1)
@click.option(
    "--dir", "directories", metavar="HOST[::GUEST][:ro]", multiple=True, help="Grant a folder, as GUEST if named."
)
@click.option("-e", "--env", metavar="NAME=VALUE", multiple=True, help="Set an environment variable of the guest.")
@click.option(
    "--allow-net", metavar="SCHEME://HOST:PORT", multiple=True, help="Grant connections to a host, as in spin.toml."
)
@click.option(
    "--feature", "features", metavar="NAME", multiple=True, help="Switch on a wasm feature that is not stable yet."
)
@click.option("--deadline", "deadline_ms", type=TIME, help="End the run after this time, such as 30s.")
@click.option("--cpu-time", "cpu_ms", type=TIME, help="End the run after this CPU time.")
@click.option("--memory", "memory_bytes", type=SIZE, help="Memory that the guest may have, such as 64MiB.")
@click.option(
    "--cache-dir", metavar="DIR", envvar="ATOLL_CACHE_DIR", show_envvar=True, help="Where compiled code is kept."
)
@click.option("--disable-cache", is_flag=True, help="Compile anew, and keep no compiled code.")
@COMPILING[0]
@COMPILING[1]
@COMPILED[0]
@COMPILED[1]
@COMPILED[2]
@click.option("--debug-info", is_flag=True, help="Keep debug information, for native debuggers.")
@click.option("--profile-to", metavar="DIR", help="Profile the run, and write its flame graphs into this folder.")
@INSECURE
@POLICY
def command(*, insecure: bool, policy: str | None, **given: Any) -> None:
    """Run the command-line component or WASI module FILE, which may be a reference to one of a registry.

    It has standard input, output and error, and nothing else that is not granted here. Arguments after `--` are the
    guest's. The exit code is the guest's own.

    \b
    atoll run tool.wasm -- --verbose input.txt
    atoll run tool.wasm --dir data::/data:ro --env LEVEL=info
    atoll run registry.example.com/acme/tool:1.2 -- --help
    """
    from atoll.host import run_command

    options = RunOptions(**_pulled(given, Way(cache_dir=given["cache_dir"], insecure=insecure, policy=policy)))
    what, settings = _command(options), _settings(options)
    take(options.compiled, options.compiled_keys, settings)
    # A guest that blocks must end as any other program does; Python's own handlers would wait for it.
    for number in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    if options.profile_to is None:
        sys.exit(run_command(what, settings))
    from atoll.cli.profiling import writable, write

    folder, name = writable(options.profile_to), Path(options.file).name
    sys.exit(run_command(what, settings, lambda gathered: write([f"{{{json.dumps(name)}: {gathered}}}"], folder)))


def _pulled(given: dict[str, Any], way: Way) -> dict[str, Any]:
    """The arguments with a file in the place of a reference. A container image brings its environment and its files."""
    file = located(given["file"], way).source
    if file == given["file"] or not str(file).endswith(".toml"):
        return given | {"file": file}
    from atoll.app import App
    from atoll.errors import UserError

    app = App.load(file)
    if len(app.manifest.component) != 1:
        why = f"{given['file']} is an app of {len(app.manifest.component)} components"
        raise UserError("argument-invalid", f"{why}, and not a command", f"serve it: atoll up -f {given['file']}")
    [component] = app.manifest.component.values()
    environment = tuple(f"{name}={value}" for name, value in component.environment.items())
    folders = tuple(f"{app.base / one.source}::/:ro" for one in component.files if not isinstance(one, str))
    return given | {
        "file": str(app.base / str(component.source)),
        "env": (*environment, *given["env"]),
        "directories": (*folders, *given["directories"]),
    }


def _command(options: RunOptions) -> Any:
    from atoll.host import Command, CommandLimits

    return Command(
        path=options.file,
        args=list(options.arguments),
        env=list(pairs(options.env, "--env").items()),
        dirs=[_directory(text) for text in options.directories],
        allowed_outbound_hosts=list(options.allow_net),
        limits=CommandLimits(deadline_ms=options.deadline_ms, cpu_ms=options.cpu_ms, memory_bytes=options.memory_bytes),
    )


def _settings(options: RunOptions) -> Any:
    from atoll.cache import cache_folders
    from atoll.host.settings import Compiler, Engine, Settings

    cache = None if options.disable_cache else str(cache_folders(options.cache_dir).code)
    features = list(options.features)
    compiler = Compiler(timeout_ms=options.compile_timeout, memory_bytes=options.compile_memory)
    return Settings(
        engine=Engine(
            pooling="off",
            cache_dir=cache,
            debug_info=options.debug_info,
            features=features,
            compiler=compiler,
            never_compile=options.never_compile,
        )
    )


def _directory(text: str) -> Any:
    """HOST, HOST::GUEST, either with `:ro` behind. A relative HOST alone keeps its name for the guest."""
    from atoll.errors import UserError
    from atoll.host import Directory

    both = text.removesuffix(":ro")
    host, separator, guest = both.partition("::")
    if not host or (separator and not guest):
        raise UserError(
            "argument-invalid", f"--dir {text!r} names no folder", "write HOST, HOST::GUEST or HOST::GUEST:ro"
        )
    return Directory(host=host, guest=guest or host, read_only=text.endswith(":ro"))
