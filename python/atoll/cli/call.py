"""`atoll call`: one function of a component or core module, from the command line."""

import sys
from typing import Any

import click

from atoll.cli.values import SIZE, TIME, pairs


@click.command("call")
@click.argument("file")
@click.argument("call", metavar="'FUNCTION(ARGUMENTS)'")
@click.option("--dir", "directories", metavar="HOST[::GUEST]", multiple=True, help="Grant a folder to be read.")
@click.option("-e", "--env", metavar="NAME=VALUE", multiple=True, help="Set an environment variable of the guest.")
@click.option(
    "--allow-net", metavar="SCHEME://HOST:PORT", multiple=True, help="Grant connections to a host, as in spin.toml."
)
@click.option(
    "-i",
    "--import",
    "imports",
    metavar="INTERFACE=MODULE:OBJECT",
    multiple=True,
    help="A Python object, or a class, that answers what the guest imports.",
)
@click.option("--deadline", "deadline_ms", type=TIME, help="End the call after this time, such as 30s.")
@click.option("--cpu-time", "cpu_ms", type=TIME, help="End the call after this CPU time.")
@click.option("--memory", "memory_bytes", type=SIZE, help="Memory that the guest may have, such as 64MiB.")
@click.option("--fuel", type=click.IntRange(1), help="Units of execution that the call may use.")
@click.option("--raw", is_flag=True, help="Print a text or bytes as they are, without quotes.")
def command(file: str, call: str, **given: Any) -> None:
    """Call a FUNCTION of the component or core module FILE in a sandbox of its own, and print what it gives.

    Arguments and result are in the notation of WAVE: 'render("# hi")', 'lookup({name: "anna", tags: ["a"]})'. A
    function of an interface has its name before it: 'counters.sum([1, 2])'. What the guest prints goes to standard
    error. The exit code is 1 where the function gives the error of a `result`.

    \b
    atoll call plugin.wasm 'render("# hi")'
    atoll call plugin.wasm 'counters.sum([1, 2])' --deadline 1s
    """
    from atoll.embed.text import called

    raw = given.pop("raw")
    with _printed():
        is_well, text, plain = called(file, call, _imports(given), _limits(given), _grants(given))
    if raw and plain is not None:
        sys.stdout.buffer.write(plain)
    elif text is not None:
        click.echo(text)
    if not is_well:
        sys.exit(1)


def _imports(given: dict[str, Any]) -> dict[str, object]:
    from atoll.embed.text import imported

    return {name: imported(reference) for name, reference in pairs(given["imports"], "--import").items()}


def _limits(given: dict[str, Any]) -> Any:
    from atoll.embed import Limits

    times: dict[str, Any] = {
        name: f"{given[key]}ms" for name, key in (("time", "deadline_ms"), ("cpu", "cpu_ms")) if given[key]
    }
    return Limits(memory=given["memory_bytes"], fuel=given["fuel"], **times)


def _grants(given: dict[str, Any]) -> Any:
    from atoll.embed import Grants

    folders = [text.partition("::") for text in given["directories"]]
    return Grants(
        log=True,
        env=pairs(given["env"], "--env"),
        dirs={guest or host: host for host, _, guest in folders},
        network=list(given["allow_net"]),
    )


def _printed() -> Any:
    """What the guest prints is shown as it comes."""
    import logging
    from contextlib import contextmanager

    @contextmanager
    def shown() -> Any:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger = logging.getLogger("atoll.guest")
        logger.addHandler(handler)
        logger.setLevel(1)
        try:
            yield
        finally:
            logger.removeHandler(handler)

    return shown()
